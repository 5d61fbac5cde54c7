// The way by ProConnect (P12): the button that leads there, and the page that people come back to. The code in its
// address leaves the address bar at once and is handed in by one call.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link, useNavigate } from 'react-router-dom';
import { get, post } from '../api/client';
import { Failure } from '../components/basics';
import { Frame } from '../components/frame';
import { clock } from '../text/dates';

interface Finished {
  returnTo?: string;
  linkSent?: { askedAt: string; expiresAt: string };
}

export function ProConnectButton({ returnTo, onError }: { returnTo: string; onError: (error: unknown) => void }) {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    get<{ proconnect?: boolean }>('/v1/auth/methods').then(
      (methods) => setOpen(methods.proconnect ?? false),
      () => setOpen(false),
    );
  }, []);
  if (!open) return null;
  const begin = async () => {
    try {
      const begun = await post<{ authorizationUrl: string }>('/v1/auth/proconnect:begin', { returnTo });
      window.location.assign(begun.authorizationUrl);
    } catch (problem) {
      onError(problem);
    }
  };
  return (
    <button type="button" className="quiet" onClick={() => void begin()}>
      S’identifier avec ProConnect
    </button>
  );
}

export function ProConnectPage() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [error, setError] = useState<unknown>();
  const [sent, setSent] = useState<Finished['linkSent']>();
  const begun = useRef(false);
  useEffect(() => {
    // Once, whatever React does: a code works once.
    if (begun.current) return;
    begun.current = true;
    const told = new URLSearchParams(window.location.search);
    window.history.replaceState(null, '', window.location.pathname);
    const finish = async () => {
      const code = told.get('code');
      const state = told.get('state');
      if (!code || !state) throw new Error('ProConnect n’a pas confirmé votre identité : recommencez.');
      const iss = told.get('iss') ?? '';
      const finished = await post<Finished>('/v1/auth/proconnect:finish', { code, state, iss });
      if (finished.linkSent) {
        setSent(finished.linkSent);
        return;
      }
      client.clear();
      navigate(finished.returnTo || '/', { replace: true });
    };
    finish().catch(setError);
  }, [client, navigate]);
  return (
    <Frame title="Connexion par ProConnect">
      <div className="card narrow">
        {sent ? (
          <p role="status">
            C’est la première fois : si votre adresse a un compte, un lien y arrive, valable jusqu’à{' '}
            {clock(sent.expiresAt)}. Ouvrez-le dans ce navigateur ; les fois suivantes, ProConnect suffira.
          </p>
        ) : error ? (
          <>
            <Failure error={error} />
            <Link to="/connexion">Revenir à la connexion</Link>
          </>
        ) : (
          <p role="status">Un instant…</p>
        )}
      </div>
    </Frame>
  );
}
