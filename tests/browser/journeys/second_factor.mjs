// An administrator comes for the first time: nothing but setting a second factor up, whose recovery codes stay on the
// screen until they are noted. The next time the code of the application is asked for (P13).
import { createHmac } from 'node:crypto';
import { check, journey, lastMail, mail } from '../stage.mjs';

const people = JSON.parse(process.env.APLUS_PEOPLE);

function totp(secret, step) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', key).update(counter).digest();
  const offset = mac.at(-1) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

const stepNow = () => Math.floor(Date.now() / 30_000);

async function byLink(page) {
  const after = await lastMail();
  await page.goto('/connexion');
  await page.getByLabel('Adresse professionnelle').fill(people.administrator);
  await page.getByRole('button', { name: 'Recevoir un lien' }).click();
  await page.getByRole('heading', { name: 'Consultez vos e-mails' }).waitFor();
  const message = await mail(people.administrator, after, 'lien de connexion');
  await page.goto(/(https?:\/\/\S+#t=[\w-]{43})/.exec(message.text)[1]);
  await page.getByRole('button', { name: 'Me connecter' }).click();
}

await journey(async (stage) => {
  const first = await stage.person('administrateur');
  await byLink(first);
  await first.getByRole('heading', { name: 'Enregistrer un second facteur' }).waitFor();
  // Elsewhere is nowhere yet.
  await first.goto('/demandes/nouvelle');
  await first.getByRole('heading', { name: 'Enregistrer un second facteur' }).waitFor();
  await first.getByRole('button', { name: 'Commencer' }).click();
  const secret = (await first.locator('code').first().textContent()).trim();
  await first.getByLabel('Code affiché par l’application').fill('000000');
  await first.getByRole('button', { name: 'Enregistrer' }).click();
  await first.getByRole('alert').waitFor();
  const step = stepNow();
  await first.getByLabel('Code affiché par l’application').fill(totp(secret, step));
  await first.getByRole('button', { name: 'Enregistrer' }).click();
  await first.getByRole('heading', { name: 'Vos codes de secours' }).waitFor();
  check((await first.locator('li code').count()) === 10, 'ten recovery codes');
  await first.getByRole('button', { name: 'Je les ai notés' }).click();
  await first.getByRole('heading', { name: /Demandes|Conditions/ }).waitFor();

  const again = await stage.person('administrateur-encore');
  await byLink(again);
  await again.getByRole('heading', { name: 'Votre second facteur' }).waitFor();
  await again.getByLabel('Code de votre application d’authentification').fill(totp(secret, step + 1));
  await again.getByRole('button', { name: 'Continuer' }).click();
  await again.getByRole('heading', { name: /Demandes|Conditions/ }).waitFor();
});
