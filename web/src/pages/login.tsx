// Logging in (P10, P15): address → waiting page with the code field; the link opens the confirm page, where one
// button, and nothing else, consumes the token.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent } from 'react';
import { useNavigate, useSearchParams } from 'react-router-dom';
import { ApiError, post } from '../api/client';
import { Failure, TextField } from '../components/basics';
import { Frame } from '../components/frame';
import { clock } from '../text/dates';
import { ProConnectButton } from './proconnect';

interface Asked {
  email: string;
  askedAt: string;
  expiresAt: string;
}

// The token travels in the fragment, which no server and no log sees; it leaves the address bar at once.
function takeToken(): string | undefined {
  const token = /^#t=([\w-]{20,64})$/.exec(window.location.hash)?.[1];
  if (token) window.history.replaceState(null, '', window.location.pathname);
  return token;
}

export function LoginPage() {
  const [token, setToken] = useState(takeToken);
  useEffect(() => {
    const onHash = () => setToken((present) => takeToken() ?? present);
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  }, []);
  const [asked, setAsked] = useState<Asked>();
  if (token) return <ConfirmPage token={token} onAskAgain={() => setToken(undefined)} />;
  if (asked) return <WaitingPage asked={asked} onAsked={setAsked} onChange={() => setAsked(undefined)} />;
  return <AddressPage onAsked={setAsked} />;
}

function useEnter(): (returnTo: string) => void {
  const navigate = useNavigate();
  const client = useQueryClient();
  return (returnTo) => {
    client.clear();
    navigate(returnTo || '/', { replace: true });
  };
}

async function ask(email: string, returnTo: string): Promise<Asked> {
  const answer = await post<{ askedAt: string; expiresAt: string }>('/v1/auth/links', { email, returnTo });
  return { email, ...answer };
}

function AddressPage({ onAsked }: { onAsked: (asked: Asked) => void }) {
  const [search] = useSearchParams();
  const [email, setEmail] = useState('');
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      onAsked(await ask(email.trim(), search.get('vers') ?? ''));
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Frame title="Se connecter">
      <form className="card narrow" onSubmit={(event) => void submit(event)}>
        <p>Un lien de connexion vous est envoyé par e-mail. Il n’y a pas de mot de passe.</p>
        <Failure error={error} />
        <TextField
          label="Adresse professionnelle"
          hint="Du type prenom.nom@votre-structure.fr"
          type="email"
          autoComplete="email"
          required
          value={email}
          onChange={setEmail}
        />
        <div className="actions">
          <button disabled={busy}>Recevoir un lien</button>
          <ProConnectButton returnTo={search.get('vers') ?? ''} onError={setError} />
        </div>
      </form>
    </Frame>
  );
}

interface WaitingProps {
  asked: Asked;
  onAsked: (asked: Asked) => void;
  onChange: () => void;
}

const teamAfterMs = 10 * 60_000;

function WaitingPage({ asked, onAsked, onChange }: WaitingProps) {
  const enter = useEnter();
  const [code, setCode] = useState('');
  const [error, setError] = useState<unknown>();
  const [longWait, setLongWait] = useState(false);
  useEffect(() => {
    setLongWait(false);
    const timer = window.setTimeout(() => setLongWait(true), teamAfterMs);
    return () => window.clearTimeout(timer);
  }, [asked]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(undefined);
    try {
      enter((await post<{ returnTo: string }>('/v1/auth/links:consume', { code })).returnTo);
    } catch (problem) {
      setError(problem);
    }
  };
  const again = async () => {
    setError(undefined);
    try {
      onAsked(await ask(asked.email, ''));
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Frame title="Consultez vos e-mails">
      <div className="card narrow">
        <p role="status">
          Demandé à {clock(asked.askedAt)} pour <strong>{asked.email}</strong>. Si cette adresse a un compte, un lien y
          arrive ; il fonctionne jusqu’à {clock(asked.expiresAt)}.
        </p>
        <p>Rien ne vient ? Regardez dans les indésirables et vérifiez l’adresse (prenom.nom@votre-structure.fr).</p>
        {longWait && (
          <p className="notice">
            Toujours rien ? Écrivez à l’équipe depuis votre adresse professionnelle, ou demandez à votre responsable de
            groupe de vérifier votre compte.
          </p>
        )}
        <Failure error={error} />
        <form onSubmit={(event) => void submit(event)}>
          <TextField
            label="Code reçu par e-mail"
            hint="Utile quand vous lisez vos e-mails sur un autre appareil : 8 caractères."
            autoComplete="one-time-code"
            required
            maxLength={12}
            value={code}
            onChange={setCode}
          />
          <div className="actions">
            <button>Se connecter avec ce code</button>
            <button type="button" className="quiet" onClick={() => void again()}>
              Renvoyer un lien
            </button>
            <button type="button" className="quiet" onClick={onChange}>
              Changer d’adresse
            </button>
          </div>
        </form>
      </div>
    </Frame>
  );
}

function ConfirmPage({ token, onAskAgain }: { token: string; onAskAgain: () => void }) {
  const enter = useEnter();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const consume = async () => {
    setBusy(true);
    setError(undefined);
    try {
      enter((await post<{ returnTo: string }>('/v1/auth/links:consume', { token })).returnTo);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const dead = error instanceof ApiError && error.code.startsWith('link_');
  return (
    <Frame title="Confirmer la connexion">
      <div className="card narrow">
        <Failure error={error} />
        {dead ? (
          <button type="button" onClick={onAskAgain}>
            Demander un nouveau lien
          </button>
        ) : (
          <>
            <p>Un clic, et vous êtes connecté.</p>
            <button type="button" disabled={busy} onClick={() => void consume()}>
              Me connecter
            </button>
          </>
        )}
      </div>
    </Frame>
  );
}
