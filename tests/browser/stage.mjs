// What every journey stands on: Debian's Chromium, one window per person, and no journey ends well with a
// violation of the Content-Security-Policy, an error in the console or a failed script.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const gateway = process.env.APLUS_GATEWAY;
const mailbox = process.env.APLUS_MAILBOX;
const artefacts = process.env.APLUS_ARTEFACTS;

// Chromium's own errands are refused by a closed network and only make noise.
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

export class Stage {
  static async open() {
    const stage = new Stage();
    stage.folder = mkdtempSync(join(tmpdir(), 'aplus-browser-'));
    stage.browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: quiet });
    stage.people = [];
    return stage;
  }

  // A window of one person, with cookies of its own.
  async person(name) {
    const context = await this.browser.newContext({ baseURL: gateway, locale: 'fr-FR', timezoneId: 'Europe/Paris', acceptDownloads: true });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
    page.on('console', (message) => {
      // A refused call is shown on the page; the browser also writes it to the console.
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text());
    });
    page.on('dialog', (dialog) => dialog.accept());
    this.people.push({ name, page, complaints });
    return page;
  }

  async close(failed) {
    for (const { name, page } of this.people) {
      if (failed && artefacts) await page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true }).catch(() => {});
    }
    await this.browser.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function check(condition, what) {
  if (!condition) throw new Error(what);
}

// Runs a journey, and fails it for what the windows complained about.
export async function journey(play) {
  const stage = await Stage.open();
  try {
    await play(stage);
    for (const { name, complaints } of stage.people) check(complaints.length === 0, `${name}: ${complaints.join('\n')}`);
  } catch (error) {
    await stage.close(true);
    console.error(error);
    process.exit(1);
  }
  await stage.close(false);
}

// Mails --------------------------------------------------------------------------------------------------------

async function mails(to, after) {
  const query = new URLSearchParams({ to, after, wait: '5' });
  const response = await fetch(`${mailbox}/api/messages?${query}`);
  return response.json();
}

export async function lastMail() {
  const all = await (await fetch(`${mailbox}/api/messages`)).json();
  return all.at(-1)?.id ?? '';
}

export async function mail(to, after, subject = '') {
  const end = Date.now() + 20_000;
  while (Date.now() < end) {
    const found = (await mails(to, after)).find((one) => one.subject.includes(subject));
    if (found) return found;
  }
  throw new Error(`no mail to ${to} about "${subject}"`);
}

// Steps that every journey shares ----------------------------------------------------------------------------------

export async function login(page, email) {
  const after = await lastMail();
  await page.goto('/connexion');
  await page.getByLabel('Adresse professionnelle').fill(email);
  await page.getByRole('button', { name: 'Recevoir un lien' }).click();
  await page.getByRole('heading', { name: 'Consultez vos e-mails' }).waitFor();
  const message = await mail(email, after);
  const link = /(https?:\/\/\S+#t=[\w-]{43})/.exec(message.text)[1];
  await page.goto(link);
  await page.getByRole('button', { name: 'Me connecter' }).click();
  const terms = page.getByRole('button', { name: 'J’accepte les conditions d’utilisation' });
  const inbox = page.getByRole('heading', { name: 'Demandes', exact: true });
  await terms.or(inbox).first().waitFor();
  if (await terms.isVisible()) await terms.click();
  await inbox.waitFor();
}
