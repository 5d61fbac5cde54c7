// One stream per browser tells that something changed, never what: the page waits a random moment, so that a
// thousand pages do not ask at once, and fetches again what is on screen.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

const longestWaitMs = 800;

export function useLive(enabled: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!enabled) return;
    const source = new EventSource('/v1/live');
    const timers = new Set<number>();
    const soon = (refetch: () => void) => {
      const timer = window.setTimeout(() => {
        timers.delete(timer);
        refetch();
      }, Math.random() * longestWaitMs);
      timers.add(timer);
    };
    source.addEventListener('request', (event) => {
      const { requestId } = JSON.parse((event as MessageEvent<string>).data) as { requestId?: string };
      soon(() => {
        void client.invalidateQueries({ queryKey: ['request', requestId] });
        void client.invalidateQueries({ queryKey: ['requests'] });
        void client.invalidateQueries({ queryKey: ['counters'] });
      });
    });
    source.addEventListener('counters', () => soon(() => void client.invalidateQueries({ queryKey: ['counters'] })));
    source.addEventListener('reset', () => soon(() => void client.invalidateQueries()));
    return () => {
      source.close();
      timers.forEach((timer) => window.clearTimeout(timer));
    };
  }, [client, enabled]);
}
