// One request: who, what, the thread with its two lanes, the files, and what may be done now.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useParams } from 'react-router-dom';
import { ApiError, post } from '../api/client';
import { useFiles, useRequest, useThread } from '../api/queries';
import type { Citizen, FileEntry, Me, Request, ThreadEntry } from '../api/types';
import { Failure, Loading } from '../components/basics';
import { FileList } from '../components/files';
import { Frame } from '../components/frame';
import { Actions } from './request-actions';
import { Composer } from './request-composer';
import { deadline, moment, onDay } from '../text/dates';
import { entryLabel, groupStateLabel, mandateLabel, stateLabel } from '../text/labels';

export function RequestPage({ me }: { me: Me }) {
  const { id = '' } = useParams();
  const head = useRequest(id);
  const thread = useThread(id);
  const allowed = new Set(head.data?.allowed ?? []);
  const files = useFiles(id, allowed.has('F1'));
  useReadMark(id, thread.data);
  if (head.isPending) return <Frame title="Demande" me={me} children={<Loading />} />;
  if (!head.data) {
    const missing = head.error instanceof ApiError && head.error.problem.status === 404;
    return (
      <Frame title={missing ? 'Demande introuvable' : 'Demande'} me={me}>
        <Failure error={head.error} />
      </Frame>
    );
  }
  const request = head.data;
  const summary = request.summary;
  return (
    <Frame title={summary.subject || `Demande ${summary.number}`} me={me}>
      <p className="meta">
        <span>Demande {summary.number}</span>
        <span className="tag">{stateLabel[summary.state]}</span>
        {summary.late && <span className="tag late">En souffrance</span>}
        <span>créée le {moment(summary.createdAt)}</span>
        {summary.deadline && !summary.closedAt && <span>réponse attendue avant {deadline(summary.deadline)}</span>}
        {summary.erasedAt && <span>contenu effacé le {onDay(summary.erasedAt)}</span>}
      </p>
      <div className="columns">
        <div>
          <section className="card" aria-labelledby="blocage">
            <h2 id="blocage">Blocage</h2>
            <p className="prewrap">{request.description}</p>
          </section>
          <section aria-labelledby="fil">
            <h2 id="fil">Fil</h2>
            <Failure error={thread.error} />
            <ol className="thread" aria-live="polite">
              {(thread.data ?? []).map((entry) => (
                <Entry key={entry.id} entry={entry} files={files.data ?? []} />
              ))}
            </ol>
          </section>
          {allowed.has('R5') && <Composer request={request} me={me} mayBePrivate={allowed.has('R6')} mayAttach={allowed.has('F2')} />}
        </div>
        <aside>
          <Actions request={request} me={me} allowed={allowed} />
          <Who request={request} />
          {request.citizen && <CitizenCard citizen={request.citizen} request={request} />}
          {allowed.has('F1') && (
            <section className="card" aria-labelledby="fichiers">
              <h2 id="fichiers">Fichiers</h2>
              {files.data?.length === 0 && <p>Aucun fichier.</p>}
              <FileList files={files.data ?? []} />
            </section>
          )}
        </aside>
      </div>
    </Frame>
  );
}

// Marks the thread as read when it is on screen, never by fetching it (P33).
function useReadMark(id: string, entries: ThreadEntry[] | undefined) {
  const client = useQueryClient();
  const marked = useRef('');
  useEffect(() => {
    if (!entries) return;
    const last = entries.filter((entry) => entry.kind === 'ENTRY_KIND_MESSAGE').at(-1)?.id ?? '';
    const mark = `${id}/${last}`;
    const send = () => {
      if (document.visibilityState !== 'visible' || marked.current === mark) return;
      marked.current = mark;
      post(`/v1/requests/${id}:markRead`, last ? { messageId: last } : {})
        .then(() => {
          void client.invalidateQueries({ queryKey: ['counters'] });
          void client.invalidateQueries({ queryKey: ['requests'] });
        })
        .catch(() => (marked.current = ''));
    };
    send();
    document.addEventListener('visibilitychange', send);
    return () => document.removeEventListener('visibilitychange', send);
  }, [id, entries, client]);
}

function Entry({ entry, files }: { entry: ThreadEntry; files: FileEntry[] }) {
  const isPrivate = entry.visibility === 'VISIBILITY_INSTRUCTORS';
  const author = [entry.actor?.name, entry.actor?.function, entry.actor?.group].filter(Boolean).join(', ');
  const mine = files.filter((file) => entry.fileIds?.includes(file.id));
  const what = [entryLabel[entry.kind], entry.person, entry.group].filter(Boolean).join(' ');
  if (!entry.text && mine.length === 0) {
    return (
      <li className="line">
        {author} {what} – {moment(entry.at)}
      </li>
    );
  }
  return (
    <li>
      <article className={isPrivate ? 'message private' : 'message'}>
        <div className="meta">
          <strong>{author}</strong>
          <span>{what}</span>
          <time dateTime={entry.at}>{moment(entry.at)}</time>
          {isPrivate && <span className="lane">entre instructeurs</span>}
          {entry.standardProcedure && <span className="tag">procédure standard</span>}
        </div>
        {entry.text && <p className="text">{entry.text}</p>}
        {mine.length > 0 && <FileList files={mine} />}
      </article>
    </li>
  );
}

function Who({ request }: { request: Request }) {
  return (
    <section className="card" aria-labelledby="qui">
      <h2 id="qui">Participants</h2>
      <ul className="files">
        {(request.participants ?? []).map((person) => (
          <li key={person.userId}>
            <strong>{person.name}</strong>
            <div className="meta">
              <span>{person.function}</span>
              <span>{person.phone}</span>
            </div>
          </li>
        ))}
        {(request.summary.groups ?? []).map((group) => (
          <li key={group.groupId}>
            <strong>{group.name}</strong>
            <div className="meta">{groupStateLabel[group.state]}</div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function CitizenCard({ citizen, request }: { citizen: Citizen; request: Request }) {
  const facts: [string, string | undefined][] = [
    ['Prénom', citizen.firstName],
    ['Nom', citizen.lastName],
    ['Né(e) le', citizen.birthDate],
    ['Nom de naissance', citizen.birthName],
    ['Téléphone', citizen.phone],
    ['Adresse', citizen.address],
    ['N° CAF', citizen.cafNumber],
    ['N° de sécurité sociale', citizen.nir],
    ['N° fiscal', citizen.taxNumber],
    ['N° de dossier', citizen.fileNumber],
    [citizen.other?.label ?? '', citizen.other?.value],
    ['Autorisation', request.mandate && `${mandateLabel[request.mandate.kind]}, le ${request.mandate.givenOn}`],
  ];
  return (
    <section className="card" aria-labelledby="usager">
      <h2 id="usager">Usager</h2>
      <dl className="facts">
        {facts
          .filter(([, value]) => value)
          .map(([label, value]) => (
            <div key={label} className="fact">
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
