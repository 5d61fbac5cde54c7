// Small pieces that every page uses.
import { useId, type ReactNode } from 'react';
import { ApiError } from '../api/client';

export function Loading() {
  return <p role="status">Chargement…</p>;
}

// What went wrong, in words; read out at once.
export function Failure({ error }: { error: unknown }) {
  if (!error) return null;
  const text = error instanceof ApiError ? error.message : 'Une erreur inattendue est survenue.';
  const errors = error instanceof ApiError ? (error.problem.errors ?? []) : [];
  return (
    <div className="alert" role="alert">
      <p>{text}</p>
      {errors.length > 0 && (
        <ul>
          {errors.map((one) => (
            <li key={one.path + one.code}>{one.detail}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface FieldProps {
  label: string;
  hint?: string;
  error?: string;
  children: (attributes: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean }) => ReactNode;
}

// A label, its hint and its error, tied to the control for screen readers.
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children({ id, 'aria-describedby': described, 'aria-invalid': error ? true : undefined })}
      {error && (
        <p className="wrong" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  error?: string;
  type?: 'text' | 'email' | 'tel' | 'date';
  required?: boolean;
  maxLength?: number;
  autoComplete?: string;
  lines?: boolean;
}

export function TextField(props: TextFieldProps) {
  const shared = {
    value: props.value,
    required: props.required,
    maxLength: props.maxLength,
    autoComplete: props.autoComplete ?? 'off',
  };
  return (
    <Field label={props.label + (props.required ? '' : ' (facultatif)')} hint={props.hint} error={props.error}>
      {(attributes) =>
        props.lines ? (
          <textarea {...attributes} {...shared} onChange={(event) => props.onChange(event.target.value)} />
        ) : (
          <input
            {...attributes}
            {...shared}
            type={props.type ?? 'text'}
            onChange={(event) => props.onChange(event.target.value)}
          />
        )
      }
    </Field>
  );
}

// The violation that a refused call reported for a field of the body.
export function violation(error: unknown, path: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  return error.problem.errors?.find((one) => one.path === path)?.detail;
}
