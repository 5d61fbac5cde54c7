// Writing on the thread: always says who will read (P28).
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type FormEvent } from 'react';
import { create, newKey } from '../api/client';
import type { Me, Request, Visibility } from '../api/types';
import { Failure, TextField, violation } from '../components/basics';
import { Uploads, useUploads } from '../components/files';

interface ComposerProps {
  request: Request;
  me: Me;
  mayBePrivate: boolean;
  mayAttach: boolean;
}

export function Composer({ request, me, mayBePrivate, mayAttach }: ComposerProps) {
  const id = request.summary.id;
  const client = useQueryClient();
  const [text, setText] = useState('');
  const [visibility, setVisibility] = useState<Visibility>('VISIBILITY_ALL');
  const [standardProcedure, setStandardProcedure] = useState(false);
  const [signedBy, setSignedBy] = useState('');
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const key = useRef(newKey());
  const uploads = useUploads(() => Promise.resolve(`/v1/requests/${id}/files`));
  const isPrivate = visibility === 'VISIBILITY_INSTRUCTORS';

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await create(`/v1/requests/${id}/messages`, key.current, {
        text,
        visibility,
        fileIds: uploads.ids,
        standardProcedure,
        signedBy: signedBy || undefined,
      });
      setText('');
      setStandardProcedure(false);
      uploads.clear();
      await client.invalidateQueries({ queryKey: ['request', id] });
    } catch (problem) {
      setError(problem);
    } finally {
      // A new key for a new message, and for a corrected one.
      key.current = newKey();
      setBusy(false);
    }
  };

  return (
    <form className={isPrivate ? 'card composer private' : 'card composer'} onSubmit={(event) => void submit(event)}>
      <h2>Répondre</h2>
      {mayBePrivate && (
        <fieldset className="field">
          <legend>Qui lira ce message ?</legend>
          <label className="choice">
            <input type="radio" name="voie" checked={!isPrivate} onChange={() => setVisibility('VISIBILITY_ALL')} />
            Tous les participants, aidant compris
          </label>
          <label className="choice">
            <input type="radio" name="voie" checked={isPrivate} onChange={() => setVisibility('VISIBILITY_INSTRUCTORS')} />
            Les instructeurs seulement : l’aidant n’en saura rien
          </label>
        </fieldset>
      )}
      <TextField label="Message" required lines maxLength={10000} value={text} onChange={setText} error={violation(error, 'text')} />
      {mayBePrivate && !isPrivate && (
        <label className="choice">
          <input type="checkbox" checked={standardProcedure} onChange={(event) => setStandardProcedure(event.target.checked)} />
          Une procédure standard existe (nommez-la dans le message)
        </label>
      )}
      {mayAttach && <Uploads uploads={uploads} />}
      {me.user.shared && (
        <TextField label="Vos nom et service" hint="Ce compte est partagé." required value={signedBy} onChange={setSignedBy} />
      )}
      <Failure error={error} />
      <button disabled={busy || uploads.busy}>{isPrivate ? 'Envoyer aux instructeurs' : 'Envoyer à tous'}</button>
    </form>
  );
}
