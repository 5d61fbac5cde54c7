// One stream per browser tells that something changed, never what: the page waits a random moment, so that a
// thousand pages do not ask at once, and fetches again what is on screen.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

const longestWaitMs = 800;

// A browser joins a broken stream again by itself, but gives up for good when it is refused once (a gateway that
// starts anew, say): then a new stream is opened after so long, and a random part more.
const reopenAfterMs = 3000;

export function useLive(enabled: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!enabled) return;
    let source: EventSource;
    const timers = new Set<number>();
    const later = (delayMs: number, act: () => void) => {
      const timer = window.setTimeout(() => {
        timers.delete(timer);
        act();
      }, delayMs);
      timers.add(timer);
    };
    const soon = (refetch: () => void) => later(Math.random() * longestWaitMs, refetch);
    const open = () => {
      source = new EventSource('/v1/live');
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
      source.addEventListener('error', () => {
        if (source.readyState !== EventSource.CLOSED) return;
        later(reopenAfterMs * (1 + Math.random()), () => {
          open();
          // What happened in between was told to nobody.
          void client.invalidateQueries();
        });
      });
    };
    open();
    return () => {
      source.close();
      timers.forEach((timer) => window.clearTimeout(timer));
    };
  }, [client, enabled]);
}
