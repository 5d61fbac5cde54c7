// What may be done with a request now: exactly what the server says is allowed.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, post } from '../api/client';
import type { Me, Request, Usefulness } from '../api/types';
import { Failure, TextField } from '../components/basics';
import { stateLabel } from '../text/labels';

const faces: [Usefulness, string, string][] = [
  ['USEFULNESS_GOOD', '😊', 'Utile'],
  ['USEFULNESS_NEUTRAL', '😐', 'Moyennement utile'],
  ['USEFULNESS_BAD', '☹', 'Pas utile'],
];

interface ActionsProps {
  request: Request;
  me: Me;
  allowed: Set<string>;
}

export function Actions({ request, me, allowed }: ActionsProps) {
  const client = useQueryClient();
  const { id, groups } = request.summary;
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [usefulness, setUsefulness] = useState<Usefulness>();
  const [comment, setComment] = useState('');
  const [signedBy, setSignedBy] = useState('');
  const mine = (groups ?? []).filter((group) => me.memberships?.some((one) => one.group.id === group.groupId));
  const mayActAtAll = ['R7', 'R8', 'R9', 'R10', 'R13', 'R18', 'R22'].some((code) => allowed.has(code));
  if (!mayActAtAll) return null;

  const act = async (verb: string, body: Record<string, unknown> = {}) => {
    setBusy(true);
    setError(undefined);
    try {
      await post(`/v1/requests/${id}:${verb}`, { ...body, signedBy: signedBy || undefined });
    } catch (problem) {
      setError(problem);
    } finally {
      // Also after a refusal: somebody else may have acted meanwhile.
      await client.invalidateQueries({ queryKey: ['request', id] });
      setBusy(false);
    }
  };
  const state = error instanceof ApiError && error.problem.state;
  const confirmed = (question: string, verb: string) => {
    if (window.confirm(question)) void act(verb);
  };

  return (
    <section className="card" aria-labelledby="actions">
      <h2 id="actions">Que faire ?</h2>
      <Failure error={error} />
      {state && <p className="notice">La demande est maintenant : {stateLabel[state]}.</p>}
      {me.user.shared && (
        <TextField label="Vos nom et service" hint="Ce compte est partagé." required value={signedBy} onChange={setSignedBy} />
      )}
      <div className="actions">
        {allowed.has('R7') &&
          mine.map((group) => (
            <div className="actions" key={group.groupId}>
              {group.state !== 'GROUP_STATE_IN_CHARGE' && (
                <button disabled={busy} onClick={() => void act('takeCharge', { groupId: group.groupId })}>
                  Je m’en occupe{mine.length > 1 && ` (${group.name})`}
                </button>
              )}
              <button
                className="quiet"
                disabled={busy}
                onClick={() => {
                  if (window.confirm('Cette réponse engage tout votre groupe. Continuer ?')) {
                    void act('decline', { groupId: group.groupId });
                  }
                }}
              >
                Je ne suis pas le bon interlocuteur{mine.length > 1 && ` (${group.name})`}
              </button>
            </div>
          ))}
        {allowed.has('R8') && (
          <button disabled={busy} onClick={() => void act('markProcessed', { groupId: mine[0]?.groupId })}>
            J’ai traité la demande
          </button>
        )}
        {allowed.has('R10') && (
          <button disabled={busy} onClick={() => void act('reopen')}>
            Rouvrir la demande
          </button>
        )}
        {allowed.has('R13') && (
          <button className="quiet" disabled={busy} onClick={() => void act('inviteExpert')}>
            Inviter un expert
          </button>
        )}
      </div>
      {allowed.has('R9') && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void act('close', { usefulness, comment });
          }}
        >
          <fieldset className="field">
            <legend>Archiver : cet échange a-t-il été utile ?</legend>
            {faces.map(([code, face, label]) => (
              <label className="choice" key={code}>
                <input type="radio" name="utilite" required checked={usefulness === code} onChange={() => setUsefulness(code)} />
                <span aria-hidden="true">{face}</span> {label}
              </label>
            ))}
          </fieldset>
          <TextField label="Commentaire" hint="Pour l’équipe des statistiques, sans donnée personnelle." value={comment} onChange={setComment} maxLength={2000} />
          <button disabled={busy}>Archiver la demande</button>
        </form>
      )}
      <div className="actions">
        {allowed.has('R22') && (
          <button className="quiet" disabled={busy} onClick={() => confirmed('Retirer cette demande ? Son contenu est effacé aussitôt.', 'withdraw')}>
            Retirer la demande
          </button>
        )}
        {allowed.has('R18') && (
          <button
            className="quiet"
            disabled={busy}
            onClick={() => confirmed('L’usager retire son autorisation ? La demande est close et son contenu effacé aussitôt.', 'revokeMandate')}
          >
            L’usager retire son autorisation
          </button>
        )}
      </div>
    </section>
  );
}
