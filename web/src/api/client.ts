// The one way by which pages speak to the gateway.
import type { Problem } from './types';

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }

  get code(): string {
    return this.problem.code;
  }
}

const offline: Problem = {
  title: 'Pas de connexion avec le service. Rien n’est perdu : réessayez dans un instant.',
  status: 0,
  code: 'offline',
};

async function problemOf(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return { title: 'Le service a répondu de façon inattendue.', status: response.status, code: 'unexpected' };
  }
}

type Query = Record<string, string | number | boolean | undefined>;

function withQuery(path: string, query?: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

async function call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: method === 'GET' ? headers : { 'Content-Type': 'application/json', 'X-Aplus': '1', ...headers },
      body: method === 'GET' ? undefined : JSON.stringify(body ?? {}),
    });
  } catch {
    throw new ApiError(offline);
  }
  if (!response.ok) throw new ApiError(await problemOf(response));
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

export const get = <T>(path: string, query?: Query): Promise<T> => call<T>('GET', withQuery(path, query));

export const post = <T>(path: string, body?: unknown): Promise<T> => call<T>('POST', path, body);

export const put = <T>(path: string, body?: unknown): Promise<T> => call<T>('PUT', path, body);

export const del = (path: string): Promise<void> => call<void>('DELETE', path);

// A creation carries a key: sent twice (a double click, a lost answer), it makes one thing. The caller keeps
// the key until the answer is there.
export const create = <T>(path: string, key: string, body: unknown): Promise<T> =>
  call<T>('POST', path, body, { 'Idempotency-Key': key });

// randomUUID exists in secure contexts only, and the demonstration runs on plain http.
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

// RFC 8187: what encodeURIComponent leaves alone and attr-char does not hold is escaped too.
function extendedValue(name: string): string {
  return encodeURIComponent(name).replace(/['()*!]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());
}

// XMLHttpRequest because fetch reports no progress of an upload.
export function upload(
  path: string,
  file: File,
  key: string,
  onProgress: (share: number) => void,
): Promise<{ id: string; size: string; state: string }> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', path);
    xhr.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
    xhr.setRequestHeader('Content-Disposition', `attachment; filename*=UTF-8''${extendedValue(file.name)}`);
    xhr.setRequestHeader('X-Aplus', '1');
    xhr.setRequestHeader('Idempotency-Key', key);
    xhr.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    xhr.onerror = () => reject(new ApiError(offline));
    xhr.onload = () => {
      let body: unknown;
      try {
        body = JSON.parse(xhr.responseText);
      } catch {
        body = { title: 'Le service a répondu de façon inattendue.', status: xhr.status, code: 'unexpected' };
      }
      if (xhr.status === 201) resolve(body as { id: string; size: string; state: string });
      else reject(new ApiError(body as Problem));
    };
    xhr.send(file);
  });
}
