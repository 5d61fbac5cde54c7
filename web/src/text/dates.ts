// Dates as people say them.
const day = new Intl.DateTimeFormat('fr-FR', { weekday: 'long', day: 'numeric', month: 'long' });
const dayTime = new Intl.DateTimeFormat('fr-FR', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const time = new Intl.DateTimeFormat('fr-FR', { hour: '2-digit', minute: '2-digit' });

export const moment = (iso: string): string => dayTime.format(new Date(iso));
export const clock = (iso: string): string => time.format(new Date(iso));
export const deadline = (iso: string): string =>
  `${day.format(new Date(iso))}, ${time.format(new Date(iso)).replace(':', ' h ')}`;
export const onDay = (iso: string): string => day.format(new Date(iso));

export function today(): string {
  const now = new Date();
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}-${String(now.getDate()).padStart(2, '0')}`;
}

export function fileSize(bytes: string): string {
  const size = Number(bytes);
  if (size < 1000) return `${size} octets`;
  if (size < 1_000_000) return `${Math.round(size / 1000)} ko`;
  return `${(size / 1_000_000).toFixed(1).replace('.', ',')} Mo`;
}
