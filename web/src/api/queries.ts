// What the pages ask, with the keys under which answers are kept and refreshed.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { ApiError, get } from './client';
import type {
  Area,
  FileEntry,
  Group,
  Me,
  Member,
  Organisation,
  Request,
  RequestSummary,
  Side,
  Tab,
  TabCount,
  ThreadEntry,
} from './types';

// A refusal will not become an answer by asking again; a network may.
export const retry = (failures: number, error: unknown): boolean =>
  failures < 3 && error instanceof ApiError && (error.code === 'offline' || error.problem.status >= 502);

export const useMe = () => useQuery({ queryKey: ['me'], queryFn: () => get<Me>('/v1/me'), staleTime: 60_000 });

export const useAreas = () =>
  useQuery({ queryKey: ['areas'], queryFn: () => get<{ areas?: Area[] }>('/v1/areas'), staleTime: Infinity });

export const useOrganisations = () =>
  useQuery({
    queryKey: ['organisations'],
    queryFn: () => get<{ organisations?: Organisation[] }>('/v1/organisations'),
    staleTime: Infinity,
  });

export const useGroups = (areaId: string, side: Side) =>
  useQuery({
    queryKey: ['groups', areaId, side],
    queryFn: () => get<{ groups?: Group[] }>('/v1/groups', { areaId, side, pageSize: 100 }),
    enabled: areaId !== '',
  });

export const useMembers = (groupId: string) =>
  useQuery({
    queryKey: ['members', groupId],
    queryFn: () => get<{ members?: Member[] }>(`/v1/groups/${groupId}/members`),
    enabled: groupId !== '',
  });

export const useCounters = (side: Side) =>
  useQuery({
    queryKey: ['counters', side],
    queryFn: () => get<{ tabs?: TabCount[] }>('/v1/requests/counters', { side }),
  });

export const useRequests = (side: Side, tab: Tab, q: string) =>
  useInfiniteQuery({
    queryKey: ['requests', side, tab, q],
    queryFn: ({ pageParam }) =>
      get<{ requests?: RequestSummary[]; nextPageToken?: string }>('/v1/requests', {
        side,
        tab,
        q,
        pageToken: pageParam,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextPageToken || undefined,
  });

export const useRequest = (id: string) =>
  useQuery({
    queryKey: ['request', id, 'head'],
    queryFn: async () => (await get<{ request: Request }>(`/v1/requests/${id}`)).request,
  });

// Threads are read whole: page after page until the last.
export const useThread = (id: string) =>
  useQuery({
    queryKey: ['request', id, 'thread'],
    queryFn: async () => {
      const entries: ThreadEntry[] = [];
      let pageToken: string | undefined = '';
      do {
        const page: { messages?: ThreadEntry[]; nextPageToken?: string } = await get(`/v1/requests/${id}/messages`, {
          pageSize: 100,
          pageToken,
        });
        entries.push(...(page.messages ?? []));
        pageToken = page.nextPageToken;
      } while (pageToken);
      return entries;
    },
  });

export const useFiles = (id: string, enabled: boolean) =>
  useQuery({
    queryKey: ['request', id, 'files'],
    queryFn: async () => (await get<{ files?: FileEntry[] }>(`/v1/requests/${id}/files`)).files ?? [],
    enabled,
  });
