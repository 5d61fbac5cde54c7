// The list of requests by side and tab, with live counters (P32).
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router-dom';
import { useCounters, useRequests } from '../api/queries';
import type { Me, RequestSummary, Side, Tab, TabCount } from '../api/types';
import { Failure, Loading } from '../components/basics';
import { Frame } from '../components/frame';
import { deadline, moment } from '../text/dates';
import { helperTabs, instructorTabs, stateLabel } from '../text/labels';

const countText = (count?: TabCount): string => (count?.more ? '999+' : String(count?.count ?? 0));

function sidesOf(me: Me): Side[] {
  const roles = new Set((me.memberships ?? []).flatMap((membership) => membership.roles ?? []));
  const sides: Side[] = [];
  if (roles.has('ROLE_INSTRUCTOR')) sides.push('SIDE_INSTRUCTOR');
  if (roles.has('ROLE_HELPER') && (me.memberships ?? []).some((m) => m.group.side === 'SIDE_HELPER')) {
    sides.push('SIDE_HELPER');
  }
  return sides.length > 0 ? sides : ['SIDE_HELPER'];
}

export function InboxPage({ me }: { me: Me }) {
  const sides = sidesOf(me);
  const [search, setSearch] = useSearchParams();
  const side = sides.find((one) => one === search.get('cote')) ?? sides[0]!;
  const tabs = side === 'SIDE_INSTRUCTOR' ? instructorTabs : helperTabs;
  const tab = tabs.find(([code]) => code === search.get('onglet'))?.[0] ?? tabs[0]![0];
  const [q, setQ] = useState('');
  const [typed, setTyped] = useState('');
  const counters = useCounters(side);
  const pages = useRequests(side, tab, q);
  const requests = pages.data?.pages.flatMap((page) => page.requests ?? []) ?? [];
  const open = (values: { cote?: Side; onglet?: Tab }) => setSearch({ cote: side, ...values });
  return (
    <Frame title="Demandes" me={me}>
      <div className="actions">
        {sides.length > 1 && (
          <>
            <button className={side === 'SIDE_INSTRUCTOR' ? '' : 'quiet'} onClick={() => open({ cote: 'SIDE_INSTRUCTOR' })}>
              Adressées à mes groupes
            </button>
            <button className={side === 'SIDE_HELPER' ? '' : 'quiet'} onClick={() => open({ cote: 'SIDE_HELPER' })}>
              Envoyées
            </button>
          </>
        )}
        {sides.includes('SIDE_HELPER') && (
          <Link className="button" to="/demandes/nouvelle">
            Nouvelle demande
          </Link>
        )}
      </div>
      <form
        role="search"
        className="field"
        onSubmit={(event) => {
          event.preventDefault();
          setQ(typed.trim());
        }}
      >
        <label htmlFor="q">Rechercher (sujet, usager, numéro, messages)</label>
        <div className="actions">
          <input id="q" type="search" maxLength={200} value={typed} onChange={(event) => setTyped(event.target.value)} />
          <button className="quiet">Rechercher</button>
        </div>
      </form>
      <div className="tabs" role="tablist" aria-label="Onglets">
        {tabs.map(([code, label]) => {
          const count = counters.data?.tabs?.find((one) => one.tab === code);
          return (
            <button key={code} role="tab" aria-selected={code === tab} onClick={() => open({ onglet: code })}>
              {label}
              <span className="count">{countText(count)}</span>
            </button>
          );
        })}
      </div>
      <Failure error={pages.error} />
      {pages.isPending && <Loading />}
      {pages.isSuccess && requests.length === 0 && (
        <p className="card">{q ? 'Aucune demande ne correspond à cette recherche.' : 'Aucune demande ici.'}</p>
      )}
      <ul className="list">
        {requests.map((request) => (
          <Row key={request.id} request={request} />
        ))}
      </ul>
      {pages.hasNextPage && (
        <button className="quiet" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          Afficher la suite
        </button>
      )}
    </Frame>
  );
}

function Row({ request }: { request: RequestSummary }) {
  return (
    <li>
      <Link className="subject" to={`/demandes/${request.id}`}>
        {request.subject || `Demande ${request.number}`}
      </Link>{' '}
      <span className="tag">{stateLabel[request.state]}</span>{' '}
      {request.late && <span className="tag late">En souffrance</span>}{' '}
      {(request.unread ?? 0) > 0 && <span className="tag unread">{request.unread} non lu(s)</span>}
      <div className="meta">
        <span>{request.number}</span>
        <span>{request.citizenName}</span>
        <span>{request.creatorGroup}</span>
        <span>{(request.groups ?? []).map((group) => group.name).join(', ')}</span>
      </div>
      <div className="meta">
        <span>créée le {moment(request.createdAt)}</span>
        {request.inCharge?.group && <span>prise en charge par {request.inCharge.name || request.inCharge.group}</span>}
        {request.deadline && !request.closedAt && <span>réponse attendue avant {deadline(request.deadline)}</span>}
      </div>
    </li>
  );
}
