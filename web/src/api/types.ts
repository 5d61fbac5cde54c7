// The shapes of the HTTP contract that the pages use. Enum values carry their prefix; 64-bit numbers are text.

export type RequestState =
  | 'REQUEST_STATE_NEW'
  | 'REQUEST_STATE_IN_PROGRESS'
  | 'REQUEST_STATE_PROCESSED'
  | 'REQUEST_STATE_CLOSED';

export type Side = 'SIDE_HELPER' | 'SIDE_INSTRUCTOR';
export type Role = 'ROLE_HELPER' | 'ROLE_INSTRUCTOR' | 'ROLE_MANAGER';
export type Visibility = 'VISIBILITY_ALL' | 'VISIBILITY_INSTRUCTORS';
export type Usefulness = 'USEFULNESS_GOOD' | 'USEFULNESS_NEUTRAL' | 'USEFULNESS_BAD';
export type MandateKind = 'MANDATE_KIND_PAPER' | 'MANDATE_KIND_SMS' | 'MANDATE_KIND_PHONE';
export type GroupState =
  | 'GROUP_STATE_WAITING'
  | 'GROUP_STATE_IN_CHARGE'
  | 'GROUP_STATE_ANSWERED'
  | 'GROUP_STATE_DECLINED'
  | 'GROUP_STATE_PROCESSED';
export type FileState =
  | 'FILE_STATE_RECEIVING'
  | 'FILE_STATE_SCANNING'
  | 'FILE_STATE_AVAILABLE'
  | 'FILE_STATE_REJECTED'
  | 'FILE_STATE_ERASED';
export type EntryKind = `ENTRY_KIND_${
  | 'CREATED'
  | 'MESSAGE'
  | 'TAKEN_IN_CHARGE'
  | 'DECLINED'
  | 'PROCESSED'
  | 'CLOSED'
  | 'REOPENED'
  | 'GROUP_INVITED'
  | 'HELPER_INVITED'
  | 'EXPERT_INVITED'
  | 'MANDATE_REVOKED'
  | 'WITHDRAWN'
  | 'FILE_ADDED'
  | 'FILE_DOWNLOADED'
  | 'FILE_ERASED'
  | 'OPENED'
  | 'CITIZEN_CORRECTED'
  | 'LATE'
  | 'ERASED'
  | 'OWNER_LEFT'
  | 'END_ANNOUNCED'
  | 'RAISED'}`;
export type Tab =
  | 'TAB_ALL'
  | 'TAB_MINE'
  | 'TAB_NEW'
  | 'TAB_IN_PROGRESS'
  | 'TAB_LATE'
  | 'TAB_PROCESSED'
  | 'TAB_TO_ARCHIVE'
  | 'TAB_ARCHIVED';

export interface Group {
  id: string;
  name: string;
  organisationId: string;
  side: Side;
  areaIds?: string[];
  notice?: string;
  addressable?: boolean;
}

export interface Organisation {
  id: string;
  shortName: string;
  fullName: string;
  side: Side;
  entitled?: string[];
}

export interface Area {
  id: string;
  name: string;
}

export interface Member {
  userId: string;
  firstName: string;
  lastName: string;
  function?: string;
  roles?: Role[];
}

export interface Me {
  user: {
    id: string;
    email: string;
    firstName?: string;
    lastName?: string;
    function?: string;
    phone?: string;
    shared?: boolean;
  };
  memberships?: { group: Group; roles?: Role[] }[];
  accountRoles?: string[];
  terms: { current: number; accepted?: number };
  secondFactor: SecondFactorState;
}

export interface SecondFactorState {
  enrolled?: boolean;
  required?: boolean;
  // The session may do nothing else first; nothing but this is told of `Me` then.
  due?: boolean;
  recoveryCodes?: number;
  freshUntil?: string;
}

export interface Actor {
  userId?: string;
  name?: string;
  function?: string;
  phone?: string;
  groupId?: string;
  group?: string;
}

export interface AddressedGroup {
  groupId: string;
  name: string;
  organisation?: string;
  state: GroupState;
}

export interface RequestSummary {
  id: string;
  number: string;
  state: RequestState;
  version: string;
  areaId: string;
  subject?: string;
  citizenName?: string;
  creatorGroup?: string;
  groups?: AddressedGroup[];
  createdAt: string;
  lastMessageAt?: string;
  deadline?: string;
  late?: boolean;
  unread?: number;
  inCharge?: Actor;
  closedAt?: string;
  erasedAt?: string;
}

export interface Citizen {
  firstName: string;
  lastName: string;
  birthDate: string;
  birthName?: string;
  phone?: string;
  address?: string;
  cafNumber?: string;
  nir?: string;
  taxNumber?: string;
  fileNumber?: string;
  other?: { label: string; value: string };
}

export interface Request {
  summary: RequestSummary;
  description?: string;
  citizen?: Citizen;
  mandate?: { kind: MandateKind; givenOn: string };
  creator?: Actor;
  participants?: { userId: string; name?: string; function?: string; phone?: string; kind: string }[];
  readMarks?: { userId: string; name?: string; messageId?: string; at: string }[];
  allowed?: string[];
  usefulness?: Usefulness;
}

export interface ThreadEntry {
  id: string;
  kind: EntryKind;
  at: string;
  actor?: Actor;
  visibility?: Visibility;
  text?: string;
  fileIds?: string[];
  standardProcedure?: boolean;
  group?: string;
  person?: string;
}

export interface FileEntry {
  id: string;
  name?: string;
  size: string;
  type?: string;
  state: FileState;
  messageId?: string;
  readableUntil?: string;
}

export interface TabCount {
  tab: Tab;
  count?: number;
  more?: boolean;
}

// RFC 9457.
export interface Problem {
  title: string;
  status: number;
  detail?: string;
  code: string;
  errors?: { path: string; code: string; detail: string }[];
  state?: RequestState;
  version?: string;
}
