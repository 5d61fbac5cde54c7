// The second factor (P13): proved when it is due, or set up first where the account may do nothing without.
import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { post } from '../api/client';
import type { SecondFactorState } from '../api/types';
import { Failure, TextField } from '../components/basics';
import { Frame } from '../components/frame';

interface SecondFactorProps {
  state: SecondFactorState;
  // Recovery codes are on the screen: the page must stay, although by then nothing is due any more.
  onShowing: (showing: boolean) => void;
}

export function SecondFactorPage({ state, onShowing }: SecondFactorProps) {
  const [enrolled] = useState(state.enrolled ?? false);
  return enrolled ? <ProvePage /> : <EnrolPage onShowing={onShowing} />;
}

async function leave() {
  await post('/v1/auth/logout');
  window.location.assign('/connexion');
}

function CodeForm({ label, hint, button, onCode }: {
  label: string;
  hint: string;
  button: string;
  onCode: (code: string) => Promise<void>;
}) {
  const [code, setCode] = useState('');
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await onCode(code);
    } catch (problem) {
      setError(problem);
      setCode('');
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Failure error={error} />
      <TextField
        label={label}
        hint={hint}
        autoComplete="one-time-code"
        required
        maxLength={16}
        value={code}
        onChange={setCode}
      />
      <div className="actions">
        <button disabled={busy}>{button}</button>
        <button type="button" className="quiet" onClick={() => void leave()}>
          Se déconnecter
        </button>
      </div>
    </form>
  );
}

function ProvePage() {
  const client = useQueryClient();
  const prove = async (code: string) => {
    await post('/v1/me/second-factor:prove', { code });
    await client.invalidateQueries();
  };
  return (
    <Frame title="Votre second facteur">
      <div className="card narrow">
        <CodeForm
          label="Code de votre application d’authentification"
          hint="6 chiffres, ou un de vos codes de secours."
          button="Continuer"
          onCode={prove}
        />
      </div>
    </Frame>
  );
}

function EnrolPage({ onShowing }: { onShowing: (showing: boolean) => void }) {
  const client = useQueryClient();
  const [drawn, setDrawn] = useState<{ secret: string; uri: string }>();
  const [codes, setCodes] = useState<string[]>();
  const [error, setError] = useState<unknown>();
  const begin = async () => {
    setError(undefined);
    try {
      setDrawn(await post<{ secret: string; uri: string }>('/v1/me/second-factor:begin'));
    } catch (problem) {
      setError(problem);
    }
  };
  const confirm = async (code: string) => {
    const { recoveryCodes } = await post<{ recoveryCodes: string[] }>('/v1/me/second-factor:confirm', { code });
    onShowing(true);
    setCodes(recoveryCodes);
  };
  const done = async () => {
    await client.invalidateQueries();
    onShowing(false);
  };
  if (codes) {
    return (
      <Frame title="Vos codes de secours">
        <div className="card narrow">
          <p>Chacun remplace une fois le code de l’application. Gardez-les en lieu sûr : ils ne seront plus affichés.</p>
          <ul>
            {codes.map((code) => (
              <li key={code}>
                <code>{code}</code>
              </li>
            ))}
          </ul>
          <button type="button" onClick={() => void done()}>
            Je les ai notés
          </button>
        </div>
      </Frame>
    );
  }
  return (
    <Frame title="Enregistrer un second facteur">
      <div className="card narrow">
        <p>Votre compte demande un second facteur : une application d’authentification, sur votre téléphone par exemple.</p>
        <Failure error={error} />
        {drawn ? (
          <>
            <p>
              Dans l’application, ajoutez un compte et tapez cette clé : <code>{drawn.secret}</code>
            </p>
            <p>
              Sur cet appareil : <a href={drawn.uri}>ouvrir dans l’application</a>.
            </p>
            <CodeForm
              label="Code affiché par l’application"
              hint="6 chiffres, renouvelés toutes les 30 secondes."
              button="Enregistrer"
              onCode={confirm}
            />
          </>
        ) : (
          <button type="button" onClick={() => void begin()}>
            Commencer
          </button>
        )}
      </div>
    </Frame>
  );
}
