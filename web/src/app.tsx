// Which page stands at which address, and the conditions before all but login: a session, its second
// factor where one is due, accepted terms.
import { useEffect, useState } from 'react';
import { Navigate, Route, Routes, useLocation } from 'react-router-dom';
import { ApiError } from './api/client';
import { useLive } from './api/live';
import { useMe } from './api/queries';
import type { Me } from './api/types';
import { Failure, Loading } from './components/basics';
import { Frame } from './components/frame';
import { InboxPage } from './pages/inbox';
import { LoginPage } from './pages/login';
import { NewRequestPage } from './pages/new-request';
import { ProConnectPage } from './pages/proconnect';
import { RequestPage } from './pages/request';
import { SecondFactorPage } from './pages/second-factor';
import { TermsPage } from './pages/terms';

export function App() {
  const { pathname } = useLocation();
  // A new page is announced from its top.
  useEffect(() => {
    window.scrollTo(0, 0);
    document.getElementById('contenu')?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <Routes>
      <Route path="/connexion" element={<LoginPage />} />
      <Route path="/connexion/proconnect" element={<ProConnectPage />} />
      <Route path="*" element={<Inside />} />
    </Routes>
  );
}

const hasAcceptedTerms = (me: Me) => !me.secondFactor.due && (me.terms.accepted ?? 0) >= me.terms.current;

function Inside() {
  const me = useMe();
  const [showingCodes, setShowingCodes] = useState(false);
  const { pathname, search } = useLocation();
  useLive(me.data !== undefined && hasAcceptedTerms(me.data));
  const loggedOut = me.error instanceof ApiError && me.error.problem.status === 401;
  if (loggedOut) {
    const wanted = pathname + search;
    return <Navigate to={wanted === '/' ? '/connexion' : `/connexion?vers=${encodeURIComponent(wanted)}`} replace />;
  }
  if (me.isPending) return <Frame title="Chargement" children={<Loading />} />;
  if (!me.data) {
    return (
      <Frame title="Service indisponible">
        <Failure error={me.error} />
      </Frame>
    );
  }
  if (me.data.secondFactor.due || showingCodes) {
    return <SecondFactorPage state={me.data.secondFactor} onShowing={setShowingCodes} />;
  }
  if (!hasAcceptedTerms(me.data)) return <TermsPage me={me.data} />;
  return (
    <Routes>
      <Route path="/" element={<InboxPage me={me.data} />} />
      <Route path="/demandes/nouvelle" element={<NewRequestPage me={me.data} />} />
      <Route path="/demandes/:id" element={<RequestPage me={me.data} />} />
      <Route
        path="*"
        element={
          <Frame title="Page introuvable" me={me.data}>
            <p>Cette page n’existe pas.</p>
          </Frame>
        }
      />
    </Routes>
  );
}
