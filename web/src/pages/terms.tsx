// The terms of use, to be accepted before anything else (P7).
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/client';
import type { Me } from '../api/types';
import { Failure } from '../components/basics';
import { Frame } from '../components/frame';

export function TermsPage({ me }: { me: Me }) {
  const client = useQueryClient();
  const [error, setError] = useState<unknown>();
  const accept = async () => {
    try {
      await post('/v1/me/terms:accept', { version: me.terms.current });
      await client.invalidateQueries();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Frame title="Conditions d’utilisation" me={me}>
      <div className="card narrow">
        <p>Avant de continuer, engagez-vous à :</p>
        <ul>
          <li>n’agir pour un usager qu’avec son autorisation, et seulement pour résoudre son blocage ;</li>
          <li>ne partager que les informations nécessaires, et ne pas les conserver ailleurs ;</li>
          <li>vérifier l’identité de la personne avant d’agir ;</li>
          <li>signer de votre nom ce que vous écrivez depuis un compte partagé.</li>
        </ul>
        <p>Ce que vous consultez et ce que vous faites est tracé.</p>
        <Failure error={error} />
        <button type="button" onClick={() => void accept()}>
          J’accepte les conditions d’utilisation
        </button>
      </div>
    </Frame>
  );
}
