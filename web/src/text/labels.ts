// Codes of the contract in the words of the people who read the pages.
import type { EntryKind, FileState, GroupState, MandateKind, RequestState, Tab } from '../api/types';

export const stateLabel: Record<RequestState, string> = {
  REQUEST_STATE_NEW: 'Nouvelle',
  REQUEST_STATE_IN_PROGRESS: 'En cours',
  REQUEST_STATE_PROCESSED: 'Traitée',
  REQUEST_STATE_CLOSED: 'Archivée',
};

export const groupStateLabel: Record<GroupState, string> = {
  GROUP_STATE_WAITING: 'n’a pas encore répondu',
  GROUP_STATE_IN_CHARGE: 's’en occupe',
  GROUP_STATE_ANSWERED: 'a répondu',
  GROUP_STATE_DECLINED: 'n’est pas le bon interlocuteur',
  GROUP_STATE_PROCESSED: 'a traité la demande',
};

export const instructorTabs: [Tab, string][] = [
  ['TAB_NEW', 'Nouvelles'],
  ['TAB_IN_PROGRESS', 'En cours'],
  ['TAB_LATE', 'En souffrance'],
  ['TAB_PROCESSED', 'Traitées'],
  ['TAB_ARCHIVED', 'Archivées'],
];

export const helperTabs: [Tab, string][] = [
  ['TAB_ALL', 'Toutes'],
  ['TAB_MINE', 'Mes demandes'],
  ['TAB_NEW', 'Nouvelles'],
  ['TAB_IN_PROGRESS', 'En cours'],
  ['TAB_TO_ARCHIVE', 'À archiver'],
  ['TAB_ARCHIVED', 'Archivées'],
];

export const mandateLabel: Record<MandateKind, string> = {
  MANDATE_KIND_PAPER: 'Mandat signé sur place',
  MANDATE_KIND_SMS: 'Accord donné par SMS',
  MANDATE_KIND_PHONE: 'Accord donné par téléphone',
};

export const fileStateLabel: Record<FileState, string> = {
  FILE_STATE_RECEIVING: 'envoi en cours',
  FILE_STATE_SCANNING: 'analyse en cours',
  FILE_STATE_AVAILABLE: 'disponible',
  FILE_STATE_REJECTED: 'refusé',
  FILE_STATE_ERASED: 'effacé',
};

// What a line of the thread says after its author's name.
export const entryLabel: Record<EntryKind, string> = {
  ENTRY_KIND_CREATED: 'a créé la demande',
  ENTRY_KIND_MESSAGE: 'a écrit',
  ENTRY_KIND_TAKEN_IN_CHARGE: 's’en occupe',
  ENTRY_KIND_DECLINED: 'n’est pas le bon interlocuteur',
  ENTRY_KIND_PROCESSED: 'a traité la demande',
  ENTRY_KIND_CLOSED: 'a archivé la demande',
  ENTRY_KIND_REOPENED: 'a rouvert la demande',
  ENTRY_KIND_GROUP_INVITED: 'a invité le groupe',
  ENTRY_KIND_HELPER_INVITED: 'a invité',
  ENTRY_KIND_EXPERT_INVITED: 'a invité un expert',
  ENTRY_KIND_MANDATE_REVOKED: 'a signalé le retrait du mandat',
  ENTRY_KIND_WITHDRAWN: 'a retiré la demande',
  ENTRY_KIND_FILE_ADDED: 'a joint un fichier',
  ENTRY_KIND_FILE_DOWNLOADED: 'a téléchargé un fichier',
  ENTRY_KIND_FILE_ERASED: 'fichier effacé',
  ENTRY_KIND_OPENED: 'a ouvert la demande',
  ENTRY_KIND_CITIZEN_CORRECTED: 'a complété les informations de l’usager',
  ENTRY_KIND_LATE: 'La demande est en souffrance',
  ENTRY_KIND_ERASED: 'Le contenu de la demande a été effacé',
  ENTRY_KIND_OWNER_LEFT: 'La personne qui suivait la demande a quitté le service',
  ENTRY_KIND_END_ANNOUNCED: 'Sans action, la demande sera archivée automatiquement dans dix jours',
  ENTRY_KIND_RAISED: 'Toujours sans réponse : les responsables des groupes et les experts sont prévenus',
};
