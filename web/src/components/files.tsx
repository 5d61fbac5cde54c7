// Choosing and sending files, and the list of those that are there.
import { useState } from 'react';
import { ApiError, newKey, upload } from '../api/client';
import type { FileEntry } from '../api/types';
import { fileSize, onDay } from '../text/dates';
import { fileStateLabel } from '../text/labels';

export interface Sent {
  key: string;
  name: string;
  share: number;
  id?: string;
  error?: string;
}

const accepted =
  '.pdf,.jpg,.jpeg,.png,.gif,.webp,.bmp,.tif,.tiff,.doc,.docx,.xls,.xlsx,.odt,.ods,.txt,.csv';

// Files go as soon as they are chosen; their ids are given with the request or the message afterwards.
export function useUploads(path: () => Promise<string>) {
  const [sent, setSent] = useState<Sent[]>([]);
  const change = (key: string, values: Partial<Sent>) =>
    setSent((all) => all.map((one) => (one.key === key ? { ...one, ...values } : one)));
  const add = async (files: FileList | null) => {
    for (const file of Array.from(files ?? [])) {
      const key = newKey();
      setSent((all) => [...all, { key, name: file.name, share: 0 }]);
      try {
        const { id } = await upload(await path(), file, key, (share) => change(key, { share }));
        change(key, { id, share: 1 });
      } catch (error) {
        change(key, { error: error instanceof ApiError ? error.message : 'L’envoi a échoué.' });
      }
    }
  };
  return {
    sent,
    add,
    remove: (key: string) => setSent((all) => all.filter((one) => one.key !== key)),
    clear: () => setSent([]),
    ids: sent.flatMap((one) => (one.id ? [one.id] : [])),
    busy: sent.some((one) => !one.id && !one.error),
  };
}

export function Uploads({ uploads }: { uploads: ReturnType<typeof useUploads> }) {
  return (
    <div className="field">
      <label>
        Joindre des fichiers (facultatif)
        <p className="hint">PDF, images, documents de bureau, texte ; 10 Mo au plus chacun, 10 fichiers au plus.</p>
        <input
          type="file"
          multiple
          accept={accepted}
          onChange={(event) => {
            const input = event.target;
            void uploads.add(input.files).then(() => (input.value = ''));
          }}
        />
      </label>
      <ul className="files" aria-live="polite">
        {uploads.sent.map((one) => (
          <li key={one.key}>
            {one.name}{' '}
            {one.error ? (
              <span className="wrong">{one.error}</span>
            ) : one.id ? (
              <span>envoyé</span>
            ) : (
              <progress value={one.share} aria-label={`Envoi de ${one.name}`} />
            )}{' '}
            {(one.id || one.error) && (
              <button type="button" className="quiet" onClick={() => uploads.remove(one.key)}>
                Retirer
              </button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

export function FileList({ files }: { files: FileEntry[] }) {
  return (
    <ul className="files">
      {files.map((file) => (
        <li key={file.id}>
          {file.state === 'FILE_STATE_AVAILABLE' ? (
            <a href={`/v1/files/${file.id}`} download={file.name}>
              {file.name}
            </a>
          ) : (
            <span>{file.name || 'Fichier'}</span>
          )}{' '}
          <span className="meta">
            {fileSize(file.size ?? '0')}
            {file.state !== 'FILE_STATE_AVAILABLE' && <span>{fileStateLabel[file.state]}</span>}
            {file.state === 'FILE_STATE_AVAILABLE' && file.readableUntil && (
              <span>lisible jusqu’au {onDay(file.readableUntil)}</span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
