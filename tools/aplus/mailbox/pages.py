"""The mailbox's pages. Everything that came by mail is escaped; HTML parts live in a sandboxed frame."""

from __future__ import annotations

import html
import re

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem 1.5rem; color: #161616; }
h1 { font-size: 1.4rem; } a { color: #000091; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .45rem .8rem .45rem 0; }
tr { border-bottom: 1px solid #ddd; } th { font-weight: 600; } td { vertical-align: top; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f6f6; padding: 1rem; font-size: .95rem; }
iframe { width: 100%; height: 34rem; border: 1px solid #ddd; } .muted { color: #666; font-size: .9rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dd { margin: 0; }
"""

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)»]")


def _page(title: str, body: str, head: str = "") -> str:
    return ("<!doctype html><html lang=\"fr\"><head><meta charset=\"utf-8\">"
            "<meta name=\"viewport\" content=\"width=device-width\">"
            f"<title>{html.escape(title)}</title><link rel=\"stylesheet\" href=\"/style.css\">{head}</head>"
            f"<body>{body}</body></html>")


def _linked(text: str) -> str:
    """Escapes the text and makes its web addresses clickable."""
    parts, end = [], 0
    for match in _LINK.finditer(text):
        parts.append(html.escape(text[end:match.start()]))
        address = html.escape(match.group(), quote=True)
        parts.append(f'<a href="{address}" target="_blank" rel="noopener noreferrer">{address}</a>')
        end = match.end()
    parts.append(html.escape(text[end:]))
    return "".join(parts)


def inbox(messages: list[dict], to: str) -> str:
    rows = "".join(
        f"<tr><td class=\"muted\">{html.escape(m['receivedAt'][11:19])}</td>"
        f"<td>{html.escape(', '.join(m['envelope']['to']))}</td>"
        f"<td><a href=\"/messages/{html.escape(m['id'])}\">{html.escape(m['subject'] or '(sans objet)')}</a></td></tr>"
        for m in reversed(messages[-200:]))
    table = ("<table><thead><tr><th>Reçu (UTC)</th><th>Pour</th><th>Objet</th></tr></thead>"
             f"<tbody>{rows}</tbody></table>") if rows else "<p>Aucun message pour l’instant.</p>"
    form = ("<form><label>Destinataire : <input type=\"email\" name=\"to\" "
            f"value=\"{html.escape(to, quote=True)}\"></label> <button>Filtrer</button></form>")
    return _page("Boîte de démonstration",
                 "<h1>Boîte de démonstration</h1><p class=\"muted\">Tous les courriels de cette plateforme locale "
                 f"arrivent ici ; aucun ne part. La page se met à jour toute seule.</p>{form}{table}",
                 head="<meta http-equiv=\"refresh\" content=\"4\">")


def message(m: dict) -> str:
    facts = "".join(f"<dt class=\"muted\">{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in (
        ("De", m["headers"].get("From", m["envelope"]["from"])), ("Pour", ", ".join(m["envelope"]["to"])),
        ("Reçu", m["receivedAt"])))
    parts = ""
    if m["text"]:
        parts += f"<h2>Texte</h2><pre>{_linked(m['text'])}</pre>"
    if m["html"]:
        # No scripts, no forms, no access to this page; links may open a tab of their own.
        parts += ("<h2>HTML</h2><iframe sandbox=\"allow-popups allow-popups-to-escape-sandbox\" "
                  f"title=\"Partie HTML\" src=\"/messages/{html.escape(m['id'])}/html\"></iframe>")
    headers = html.escape("\n".join(f"{name}: {value}" for name, value in m["headers"].items()))
    return _page(m["subject"], f"<p><a href=\"/\">← Tous les messages</a></p><h1>{html.escape(m['subject'])}</h1>"
                 f"<dl>{facts}</dl>{parts}<details><summary>En-têtes</summary><pre>{headers}</pre></details>")


def html_part(m: dict) -> str:
    """Shown inside the sandboxed frame; its links open in a new tab of the same browser."""
    return f"<!doctype html><base target=\"_blank\">{m['html']}"


def missing() -> str:
    return _page("Introuvable", "<h1>Introuvable</h1><p><a href=\"/\">← Tous les messages</a></p>")
