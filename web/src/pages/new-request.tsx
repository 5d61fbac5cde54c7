// A new request (P20–P25). A draft is opened on the server with the first file, so that files are sealed under
// the request's key from their first byte.
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router-dom';
import { create, newKey, post } from '../api/client';
import { useAreas, useGroups, useMembers, useOrganisations } from '../api/queries';
import type { MandateKind, Me } from '../api/types';
import { Failure, Field, TextField, violation } from '../components/basics';
import { Uploads, useUploads } from '../components/files';
import { Frame } from '../components/frame';
import { today } from '../text/dates';
import { mandateLabel } from '../text/labels';

const emptyCitizen = {
  firstName: '',
  lastName: '',
  birthDate: '',
  birthName: '',
  phone: '',
  address: '',
  cafNumber: '',
  nir: '',
  taxNumber: '',
  fileNumber: '',
};

export function NewRequestPage({ me }: { me: Me }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const mine = (me.memberships ?? []).filter((one) => one.roles?.includes('ROLE_HELPER')).map((one) => one.group);
  const [groupId, setGroupId] = useState(mine[0]?.id ?? '');
  const [areaId, setAreaId] = useState(mine[0]?.areaIds?.[0] ?? '');
  const [recipients, setRecipients] = useState<string[]>([]);
  const [colleagues, setColleagues] = useState<string[]>([]);
  const [subject, setSubject] = useState('');
  const [description, setDescription] = useState('');
  const [citizen, setCitizen] = useState(emptyCitizen);
  const [mandateKind, setMandateKind] = useState<MandateKind>('MANDATE_KIND_PAPER');
  const [givenOn, setGivenOn] = useState(today());
  const [tried, setTried] = useState(false);
  const [signedBy, setSignedBy] = useState('');
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const key = useRef(newKey());
  const draft = useRef<Promise<{ id: string }>>();
  const openDraft = () => (draft.current ??= post<{ id: string }>('/v1/drafts', { groupId }));
  const uploads = useUploads(async () => `/v1/drafts/${(await openDraft()).id}/files`);

  const areas = useAreas();
  const groups = useGroups(areaId, 'SIDE_INSTRUCTOR');
  const organisations = useOrganisations();
  const members = useMembers(groupId);
  const chosen = (groups.data?.groups ?? []).filter((group) => recipients.includes(group.id));
  const entitled = new Set(
    (organisations.data?.organisations ?? [])
      .filter((organisation) => chosen.some((group) => group.organisationId === organisation.id))
      .flatMap((organisation) => organisation.entitled ?? []),
  );
  const toggle = (list: string[], id: string) =>
    list.includes(id) ? list.filter((one) => one !== id) : [...list, id];
  const field = (name: keyof typeof emptyCitizen) => ({
    value: citizen[name],
    onChange: (value: string) => setCitizen((all) => ({ ...all, [name]: value })),
    error: violation(error, `citizen.${name}`),
  });

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    // An identifier typed before its organisation was taken off the list must not leave.
    const allowed = (name: string, identifier: string) =>
      entitled.has(identifier) ? citizen[name as keyof typeof citizen] : '';
    try {
      const { id } = await create<{ id: string }>('/v1/requests', key.current, {
        draftId: draft.current ? (await draft.current).id : undefined,
        groupId,
        areaId,
        recipientGroupIds: recipients,
        helperIds: colleagues,
        subject,
        description,
        citizen: {
          ...citizen,
          cafNumber: allowed('cafNumber', 'IDENTIFIER_CAF_NUMBER'),
          nir: allowed('nir', 'IDENTIFIER_NIR'),
          taxNumber: allowed('taxNumber', 'IDENTIFIER_TAX_NUMBER'),
        },
        mandate: { kind: mandateKind, givenOn },
        usualChannelsTried: tried,
        fileIds: uploads.ids,
        signedBy: signedBy || undefined,
      });
      await client.invalidateQueries({ queryKey: ['requests'] });
      navigate(`/demandes/${id}`);
    } catch (problem) {
      // Another body needs another key.
      key.current = newKey();
      setError(problem);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Frame title="Nouvelle demande" me={me}>
      <form className="narrow" onSubmit={(event) => void submit(event)}>
        <section className="card" aria-labelledby="destinataires">
          <h2 id="destinataires">Destinataires</h2>
          <p>aplus vient après les voies habituelles : espace en ligne, téléphone, courrier.</p>
          <label className="choice">
            <input type="checkbox" required checked={tried} onChange={(event) => setTried(event.target.checked)} />
            Les voies habituelles ont été essayées
          </label>
          {mine.length > 1 && (
            <Field label="Au nom du groupe">
              {(attributes) => (
                <select {...attributes} value={groupId} onChange={(event) => setGroupId(event.target.value)}>
                  {mine.map((group) => (
                    <option key={group.id} value={group.id}>
                      {group.name}
                    </option>
                  ))}
                </select>
              )}
            </Field>
          )}
          <Field label="Territoire" error={violation(error, 'areaId')}>
            {(attributes) => (
              <select
                {...attributes}
                required
                value={areaId}
                onChange={(event) => {
                  setAreaId(event.target.value);
                  setRecipients([]);
                }}
              >
                <option value="">Choisir…</option>
                {(areas.data?.areas ?? []).map((area) => (
                  <option key={area.id} value={area.id}>
                    {area.id} – {area.name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <fieldset className="field">
            <legend>Administrations sollicitées</legend>
            {(groups.data?.groups ?? []).map((group) => (
              <label className="choice" key={group.id}>
                <input
                  type="checkbox"
                  disabled={!group.addressable}
                  checked={recipients.includes(group.id)}
                  onChange={() => setRecipients((all) => toggle(all, group.id))}
                />
                <span>
                  {group.name}
                  {group.notice && <span className="hint"> {group.notice}</span>}
                  {!group.addressable && <span className="hint"> (personne ne peut y répondre pour le moment)</span>}
                </span>
              </label>
            ))}
            {groups.isSuccess && (groups.data.groups ?? []).length === 0 && <p>Aucun groupe ne couvre ce territoire.</p>}
          </fieldset>
          {(members.data?.members ?? []).length > 1 && (
            <fieldset className="field">
              <legend>Inviter des collègues (facultatif)</legend>
              {(members.data?.members ?? [])
                .filter((member) => member.userId !== me.user.id)
                .map((member) => (
                  <label className="choice" key={member.userId}>
                    <input
                      type="checkbox"
                      checked={colleagues.includes(member.userId)}
                      onChange={() => setColleagues((all) => toggle(all, member.userId))}
                    />
                    {member.firstName} {member.lastName}
                  </label>
                ))}
            </fieldset>
          )}
        </section>
        <section className="card" aria-labelledby="usager">
          <h2 id="usager">Usager</h2>
          <TextField label="Prénom" required {...field('firstName')} />
          <TextField label="Nom" required {...field('lastName')} />
          <TextField label="Date de naissance" hint="L’année seule suffit." required {...field('birthDate')} />
          <TextField label="Nom de naissance" {...field('birthName')} />
          <TextField label="Téléphone" type="tel" required={mandateKind !== 'MANDATE_KIND_PAPER'} {...field('phone')} />
          <TextField label="Adresse postale" {...field('address')} />
          {entitled.has('IDENTIFIER_CAF_NUMBER') && (
            <TextField label="Numéro d’allocataire CAF" hint="7 chiffres, puis une lettre parfois" {...field('cafNumber')} />
          )}
          {entitled.has('IDENTIFIER_NIR') && (
            <TextField label="Numéro de sécurité sociale" hint="13 ou 15 caractères" {...field('nir')} />
          )}
          {entitled.has('IDENTIFIER_TAX_NUMBER') && (
            <TextField label="Numéro fiscal" hint="13 chiffres" {...field('taxNumber')} />
          )}
          <TextField label="Numéro de dossier" {...field('fileNumber')} />
        </section>
        <section className="card" aria-labelledby="blocage">
          <h2 id="blocage">Blocage</h2>
          <TextField
            label="Sujet"
            hint="Sans nom ni numéro : le sujet se lit dans les listes."
            required
            maxLength={150}
            value={subject}
            onChange={setSubject}
            error={violation(error, 'subject')}
          />
          <TextField
            label="Description"
            required
            lines
            maxLength={10000}
            value={description}
            onChange={setDescription}
            error={violation(error, 'description')}
          />
          <Uploads uploads={uploads} />
        </section>
        <section className="card" aria-labelledby="mandat">
          <h2 id="mandat">Autorisation de l’usager</h2>
          <fieldset className="field">
            <legend>J’atteste avoir recueilli l’autorisation de l’usager</legend>
            {(Object.keys(mandateLabel) as MandateKind[]).map((kind) => (
              <label className="choice" key={kind}>
                <input
                  type="radio"
                  name="mandat"
                  checked={mandateKind === kind}
                  onChange={() => setMandateKind(kind)}
                />
                {mandateLabel[kind]}
              </label>
            ))}
          </fieldset>
          <TextField label="Le" type="date" required value={givenOn} onChange={setGivenOn} error={violation(error, 'mandate.givenOn')} />
          {me.user.shared && (
            <TextField label="Vos nom et service" hint="Ce compte est partagé." required value={signedBy} onChange={setSignedBy} />
          )}
        </section>
        <Failure error={error} />
        <button disabled={busy || uploads.busy || recipients.length === 0}>Envoyer la demande</button>
      </form>
    </Frame>
  );
}
