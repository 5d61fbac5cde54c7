// A real OpenID provider (oidc-provider, certified) as ProConnect is: authorisation code flow, signed userinfo,
// over TLS. It logs in whoever it was told to, and on demand it lies: what it was about to answer is altered and
// signed again with its own key, or wrongly, as each fault says.
//
//   node provider.mjs CERTIFICATE KEY
//
// prints one line of JSON {"port": …} and serves until its standard input ends. POST /control takes
// {"client": {…}, "person": {…}, "fault": "…"}; GET /control tells how often keys and metadata were asked for.
import { createHmac, createPrivateKey, createSign, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import * as jose from 'jose';
import Provider from 'oidc-provider';

const [certificate, key] = process.argv.slice(2);
const secret = 'un-secret-que-deux-connaissent-0123456789';
const asked = { keys: 0, metadata: 0 };
let provider;
let person = { sub: 'agent-1', email: 'nobody@example.test', amr: ['pwd'] };
let fault = '';
let issuer = '';
let keys = await makeKeys('1');

async function makeKeys(generation) {
  const made = {};
  for (const [alg, options] of [['ES256', {}], ['RS256', { modulusLength: 2048 }]]) {
    const pair = await jose.generateKeyPair(alg, { extractable: true, ...options });
    made[alg] = { ...(await jose.exportJWK(pair.privateKey)), kid: `${alg}-${generation}`, alg, use: 'sig' };
  }
  return made;
}

const text = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

async function sign(claims, { alg = 'ES256', kid, jwk } = {}) {
  const signing = jwk ?? keys[alg];
  return new jose.SignJWT(claims)
    .setProtectedHeader({ alg, kid: kid ?? signing.kid })
    .sign(await jose.importJWK(signing, alg));
}

// The payload as it stands, also where no JWT library would write it.
function signText(payload, header = {}) {
  const protectedHeader = { alg: 'ES256', kid: keys.ES256.kid, ...header };
  const input = `${text(protectedHeader)}.${text(payload)}`;
  const signature = createSign('SHA256').update(input)
    .sign({ key: createPrivateKey({ key: keys.ES256, format: 'jwk' }), dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function hmac(claims, with_) {
  const input = `${text({ alg: 'HS256', kid: keys.ES256.kid })}.${text(claims)}`;
  return `${input}.${createHmac('sha256', with_).update(input).digest('base64url')}`;
}

const now = () => Math.floor(Date.now() / 1000);

// By name: what becomes of a JWT. `claims` is a copy.
const lies = {
  alg_none: (claims) => `${text({ alg: 'none' })}.${text(claims)}.`,
  alg_none_with_key: (claims) => `${text({ alg: 'none', kid: keys.ES256.kid })}.${text(claims)}.`,
  alg_hs256_public_key: async (claims) =>
    hmac(claims, await jose.exportSPKI(await jose.importJWK(publicOf(keys.ES256), 'ES256'))),
  alg_hs256_jwk: (claims) => hmac(claims, JSON.stringify(publicOf(keys.ES256))),
  alg_hs256_client_secret: (claims) => hmac(claims, secret),
  alg_ps256: (claims) => sign(claims, { alg: 'PS256', jwk: { ...keys.RS256, alg: 'PS256' } }),
  alg_of_the_other_key: (claims) => sign(claims, { alg: 'ES256', kid: keys.RS256.kid }),
  foreign_key: async (claims) => sign(claims, { jwk: (await makeKeys('x')).ES256, kid: keys.ES256.kid }),
  unknown_key: async (claims) => sign(claims, { jwk: (await makeKeys('y')).ES256 }),
  key_in_the_header: async (claims) => {
    const own = (await makeKeys('z')).ES256;
    return new jose.SignJWT(claims).setProtectedHeader({ alg: 'ES256', jwk: publicOf(own) })
      .sign(await jose.importJWK(own, 'ES256'));
  },
  critical_extension: (claims) => signText(claims, { crit: ['urn:example'], 'urn:example': true }),
  flipped_signature: async (claims) => {
    const jwt = await sign(claims);
    const at = jwt.lastIndexOf('.') + 10;
    return jwt.slice(0, at) + (jwt[at] === 'A' ? 'B' : 'A') + jwt.slice(at + 1);
  },
  flipped_claims: async (claims) => {
    const [header, , signature] = (await sign(claims)).split('.');
    return `${header}.${text({ ...claims, admin: true })}.${signature}`;
  },
  claim_twice: (claims) => signText(JSON.stringify(claims).replace(/}$/, ',"sub":"somebody-else"}')),
  no_object: () => signText('[]'),
  wrong_issuer: (claims) => sign({ ...claims, iss: 'https://127.0.0.1:1' }),
  no_issuer: ({ iss, ...claims }) => sign(claims),
  wrong_audience: (claims) => sign({ ...claims, aud: 'somebody-else' }),
  no_audience: ({ aud, ...claims }) => sign(claims),
  other_party: (claims) => sign({ ...claims, aud: [claims.aud, 'other'], azp: 'other' }),
  two_audiences: (claims) => sign({ ...claims, aud: [claims.aud, 'other'] }),
  expired: (claims) => sign({ ...claims, iat: now() - 120, exp: now() - 60 }),
  of_the_future: (claims) => sign({ ...claims, iat: now() + 300, exp: now() + 600 }),
  no_subject: ({ sub, ...claims }) => sign(claims),
};
const idTokenLies = {
  ...lies,
  wrong_nonce: (claims) => sign({ ...claims, nonce: randomBytes(32).toString('base64url') }),
  no_nonce: ({ nonce, ...claims }) => sign(claims),
  no_expiry: ({ exp, ...claims }) => sign(claims),
  old: (claims) => sign({ ...claims, iat: now() - 3600, exp: now() + 3600 }),
};
const userInfoLies = {
  ...lies,
  subject_swap: (claims) => sign({ ...claims, sub: 'somebody-else' }),
  unverified: (claims) => sign({ ...claims, email_verified: false }),
  no_email: ({ email, ...claims }) => sign(claims),
};

function publicOf({ d, p, q, dp, dq, qi, ...rest }) {
  return rest;
}

async function lie(ctx, next) {
  await next();
  const [where, what] = fault.split(':');
  if (ctx.oidc?.route === 'token' && where === 'token' && ctx.body?.id_token) {
    if (what === 'no_id_token') delete ctx.body.id_token;
    else if (what === 'wrong_type') ctx.body.token_type = 'mac';
    else ctx.body.id_token = await idTokenLies[what](jose.decodeJwt(ctx.body.id_token));
  }
  if (ctx.oidc?.route === 'userinfo' && where === 'userinfo' && typeof ctx.body === 'string') {
    if (what === 'not_signed') ctx.body = jose.decodeJwt(ctx.body);
    else ctx.body = await userInfoLies[what](jose.decodeJwt(ctx.body));
  }
}

function makeProvider(client) {
  const made = new Provider(issuer, {
    clients: [{
      client_id: 'aplus-essai', client_secret: secret, token_endpoint_auth_method: 'client_secret_post',
      response_types: ['code'], grant_types: ['authorization_code'], require_auth_time: true,
      id_token_signed_response_alg: 'ES256', userinfo_signed_response_alg: 'ES256', ...client,
    }],
    jwks: { keys: [keys.ES256, keys.RS256] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    features: { devInteractions: { enabled: false }, jwtUserinfo: { enabled: true }, claimsParameter: { enabled: true } },
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'HS256'],
      userinfoSigningAlgValues: ['RS256', 'PS256', 'ES256', 'HS256'],
    },
    pkce: { required: () => false },
    claims: { acr: null, amr: null, auth_time: null, iss: null, sid: null, openid: ['sub'], email: ['email', 'email_verified'] },
    ttl: { AuthorizationCode: 30, AccessToken: 60, IdToken: 60, Interaction: 60, Session: 600, Grant: 600 },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: person.email, email_verified: person.email_verified ?? true }),
    }),
    loadExistingGrant: async (ctx) => {
      const grant = new made.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid email');
      grant.addOIDCClaims(['amr', 'email', 'email_verified']);
      await grant.save();
      return grant;
    },
  });
  made.use(lie);
  return made;
}

async function control(request, response) {
  let body = '';
  for await (const piece of request) body += piece;
  const told = body ? JSON.parse(body) : {};
  if (told.person) person = told.person;
  if (told.fault !== undefined) fault = told.fault;
  if (told.rotate) keys = await makeKeys(told.rotate);
  if (told.client) provider = makeProvider(told.client);
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ ...asked, token_lies: Object.keys(idTokenLies), userinfo_lies: Object.keys(userInfoLies) }));
}

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, async (request, response) => {
  const path = request.url.split('?')[0];
  if (path === '/control') return control(request, response);
  if (path.startsWith('/interaction/')) {
    const login = { accountId: person.sub, amr: person.amr, ts: now() - (person.age ?? 0) };
    return provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
  }
  if (path === '/jwks') asked.keys += 1;
  if (path === '/.well-known/openid-configuration') asked.metadata += 1;
  return provider.callback()(request, response);
});
server.listen(0, '127.0.0.1', () => {
  issuer = `https://127.0.0.1:${server.address().port}`;
  process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
