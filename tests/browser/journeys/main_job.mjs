// The main job in two windows: an aidant asks, the CAF answers, it is solved and archived.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, journey, login } from '../stage.mjs';

const people = JSON.parse(process.env.APLUS_PEOPLE);
// No number: one of seven digits or more could be somebody's, and is refused in a subject (P20).
const subject = `Allocation suspendue ${[...String(Date.now())].map((digit) => 'abcdefghij'[digit]).join('')}`;

await journey(async (stage) => {
  const helper = await stage.person('aidant');
  const caf = await stage.person('caf');
  await login(helper, people.helper);
  await login(caf, people.caf);

  // The aidant writes the request, with a file.
  const file = join(stage.folder, 'bail été.pdf');
  writeFileSync(file, Buffer.from(process.env.APLUS_PDF, 'base64'));
  await helper.getByRole('link', { name: 'Nouvelle demande' }).click();
  await helper.getByLabel('Les voies habituelles ont été essayées').check();
  await helper.getByLabel('Territoire').selectOption('95');
  await helper.getByLabel(people.cafGroup).check();
  await helper.getByLabel('Prénom').fill('Awa');
  await helper.getByLabel('Nom', { exact: true }).fill('Ndiaye');
  await helper.getByLabel('Date de naissance').fill('1984');
  await helper.getByLabel('Sujet').fill(subject);
  await helper.getByLabel('Description').fill('Plus aucun versement depuis mars.');
  await helper.getByLabel(/Joindre des fichiers/).setInputFiles(file);
  await helper.getByText('envoyé', { exact: true }).waitFor();
  await helper.getByRole('button', { name: 'Envoyer la demande' }).click();
  await helper.getByRole('heading', { name: subject }).waitFor();

  // The CAF finds it among the new ones, opens it, downloads the file.
  await caf.getByRole('tab', { name: /Nouvelles/ }).click();
  await caf.getByRole('link', { name: subject }).click();
  await caf.getByText('Plus aucun versement depuis mars.').waitFor();
  const [download] = await Promise.all([
    caf.waitForEvent('download'),
    caf.getByRole('link', { name: 'bail été.pdf' }).first().click(),
  ]);
  check(readFileSync(await download.path()).equals(readFileSync(file)), 'the file comes back byte for byte');

  // Takes charge, writes between instructors (the aidant's page shows nothing of it), then to all.
  await caf.getByRole('button', { name: 'Je m’en occupe' }).click();
  await helper.getByText('s’en occupe').first().waitFor();
  await caf.getByLabel(/Les instructeurs seulement/).check();
  await caf.getByLabel('Message', { exact: true }).fill('Mot entre instructeurs');
  await caf.getByRole('button', { name: 'Envoyer aux instructeurs' }).click();
  await caf.getByText('Mot entre instructeurs').waitFor();
  await caf.getByLabel(/Tous les participants/).check();
  await caf.getByLabel('Message', { exact: true }).fill('Versement repris ce matin.');
  await caf.getByRole('button', { name: 'Envoyer à tous' }).click();

  // Live: the aidant's page shows the answer without being asked (P74).
  await helper.getByText('Versement repris ce matin.').waitFor();
  check((await helper.getByText('Mot entre instructeurs').count()) === 0, 'a private message never shows to the aidant');
  await helper.getByLabel('Message', { exact: true }).fill('Merci, l’usagère confirme.');
  await helper.getByRole('button', { name: 'Envoyer à tous' }).click();
  await caf.getByText('Merci, l’usagère confirme.').waitFor();

  // Solved, then archived by the aidant.
  await caf.getByRole('button', { name: 'J’ai traité la demande' }).click();
  await helper.locator('.tag', { hasText: 'Traitée' }).first().waitFor();
  await helper.getByLabel(/^Utile|😊 Utile/).check();
  await helper.getByRole('button', { name: 'Archiver la demande' }).click();
  await helper.locator('.tag', { hasText: 'Archivée' }).first().waitFor();
});
