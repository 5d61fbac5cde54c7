// The second verifier, written from the description in libs/audit/chain.h alone and sharing no code with the
// first: an error in one does not hide in the other. Reads export.sql's lines on standard input.
//
//   node second.mjs CHAIN KEY_ID=HEX [heads.jsonl] < trail.jsonl
//
// Exit code: 0 whole, 1 tampered with.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [chain, keyArgument, headsFile] = process.argv.slice(2);
const [keyId, keyHex] = keyArgument.split('=');
// RFC 8410: the fixed prefix of an Ed25519 public key, then its 32 bytes.
const publicKey = createPublicKey({
  key: Buffer.from('302a300506032b6570032100' + keyHex, 'hex'), format: 'der', type: 'spki',
});

const fields = ['id', 'at', 'actor_kind', 'actor', 'signed_by', 'session', 'address', 'operation', 'object_kind',
  'object', 'outcome', 'reason', 'policy', 'request_id'];
const actorKinds = ['person', 'partner', 'service', 'system', 'nobody'];
const outcomes = ['allowed', 'refused'];
const canonical = (line) => 'aplus-audit-1\n' + fields.map((name) => {
  let value = line[name] === null ? '' : String(line[name]);
  if (name === 'actor_kind') value = actorKinds[line[name]] ?? '';
  if (name === 'outcome') value = outcomes[line[name]] ?? '';
  return `${name}:${Buffer.byteLength(value)}:${value}\n`;
}).join('');

// RFC 3339 with as many of six decimals as are needed.
const rfc3339 = (micros) => {
  const total = BigInt(micros);
  const fraction = ((total % 1000000n) + 1000000n) % 1000000n;
  const seconds = (total - fraction) / 1000000n;
  const digits = fraction.toString().padStart(6, '0').replace(/0+$/, '');
  return new Date(Number(seconds) * 1000).toISOString().slice(0, 19) + (digits ? '.' + digits : '') + 'Z';
};

let problems = 0;
const problem = (text) => { problems += 1; if (problems <= 100) console.log(text); };
const signedRight = (head, kind, at) => {
  const text = ['aplus-audit-checkpoint-1', chain, kind, head.position, head.hash, at, head.key, ''].join('\n');
  return head.key === keyId && (head.chain ?? chain) === chain &&
    verify(null, Buffer.from(text), publicKey, Buffer.from(head.signature, 'hex'));
};

let base = 0;
let position = 0;
let hash = Buffer.alloc(32);
let heads = new Map([[0, hash.toString('hex')]]);
const compare = (head, kind, at, which) => {
  if (!signedRight(head, kind, at)) return problem(`${which} head at ${head.position} is not signed`);
  if (head.position >= base && heads.get(head.position) !== head.hash) problem(`${which} head at ${head.position} differs`);
};

for await (const text of createInterface({ input: process.stdin })) {
  if (!text.startsWith('{')) continue;
  const entry = JSON.parse(text);
  if (entry.base) {
    if (!signedRight(entry.base, 'base', rfc3339(entry.base.at))) problem('the base is not signed');
    base = position = entry.base.position;
    hash = Buffer.from(entry.base.hash, 'hex');
    heads = new Map([[position, entry.base.hash]]);
  } else if (entry.position !== undefined) {
    if (entry.position !== position + 1) problem(`position ${position + 1} is missing`);
    position = entry.position;
    if (entry.line === null) {
      problem(`line ${position} is gone`);
    } else {
      hash = createHash('sha256').update(Buffer.from([0])).update(hash).update(canonical(entry.line)).digest();
      if (hash.toString('hex') !== entry.hash) problem(`line ${position} was altered or moved`);
    }
    hash = Buffer.from(entry.hash, 'hex');
    heads.set(position, entry.hash);
  } else if (entry.stored) {
    compare(entry.stored, 'head', rfc3339(entry.stored.at), 'stored');
  } else if (entry.unsealed) {
    problem(`line ${entry.unsealed} stands outside the chain`);
  }
}
if (headsFile) {
  for (const text of readFileSync(headsFile, 'utf8').split('\n')) {
    if (!text) continue;
    const head = JSON.parse(text);
    if (head.chain === chain) compare(head, head.kind, head.at, 'shipped');
  }
}
console.log(`${chain}: ${position - base} lines, ${problems === 0 ? 'whole' : 'TAMPERED WITH'}`);
process.exit(problems === 0 ? 0 : 1);
