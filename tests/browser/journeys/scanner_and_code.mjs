// A mail scanner opens the link first, runs its scripts and clicks: nothing is burnt, the person still logs in.
// And mail read on another device: the code is typed where the login was asked for (P10, T-AUT-03).
import { check, journey, lastMail, mail } from '../stage.mjs';

const people = JSON.parse(process.env.APLUS_PEOPLE);

await journey(async (stage) => {
  const person = await stage.person('aidant');
  const scanner = await stage.person('scanner');
  let after = await lastMail();
  await person.goto('/connexion');
  await person.getByLabel('Adresse professionnelle').fill(people.colleague);
  await person.getByRole('button', { name: 'Recevoir un lien' }).click();
  await person.getByRole('heading', { name: 'Consultez vos e-mails' }).waitFor();
  const message = await mail(people.colleague, after);
  const link = /(https?:\/\/\S+#t=[\w-]{43})/.exec(message.text)[1];

  await scanner.goto(link);
  const enter = scanner.getByRole('button', { name: 'Me connecter' });
  await enter.waitFor();
  check(!scanner.url().includes('#t='), 'the token leaves the address bar');
  await enter.click();
  await scanner.getByText(/dans le navigateur où vous l’avez demandé/).waitFor();

  const code = /\b([0-9A-HJKMNP-TV-Z]{4})[ -]?([0-9A-HJKMNP-TV-Z]{4})\b/.exec(message.text.replace(/https?:\/\/\S+/g, ''));
  await person.getByLabel('Code reçu par e-mail').fill(`${code[1]}-${code[2]}`);
  await person.getByRole('button', { name: 'Se connecter avec ce code' }).click();
  await person.getByRole('heading', { name: /Demandes|Conditions/ }).waitFor();
});
