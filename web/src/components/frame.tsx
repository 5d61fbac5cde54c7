// What surrounds every page once one is logged in.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { Link, useNavigate } from 'react-router-dom';
import { post } from '../api/client';
import type { Me } from '../api/types';

export function Frame({ title, me, children }: { title: string; me?: Me; children: ReactNode }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  useEffect(() => {
    document.title = `${title} – aplus`;
  }, [title]);
  const logout = async () => {
    await post('/v1/auth/logout');
    client.clear();
    navigate('/connexion');
  };
  const name = me && ([me.user.firstName, me.user.lastName].filter(Boolean).join(' ') || me.user.email);
  return (
    <>
      <a className="skip" href="#contenu">
        Aller au contenu
      </a>
      <header className="top">
        <div>
          <Link to="/" className="brand">
            aplus
          </Link>
          {me && (
            <>
              <nav aria-label="Principale">
                <Link to="/">Demandes</Link>
              </nav>
              <span className="who">{name}</span>
              <button type="button" className="quiet" onClick={() => void logout()}>
                Se déconnecter
              </button>
            </>
          )}
        </div>
      </header>
      <main id="contenu" tabIndex={-1}>
        <h1>{title}</h1>
        {children}
      </main>
    </>
  );
}
