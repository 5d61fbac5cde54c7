#include "services/notifications/domain/message.h"

#include <absl/time/time.h>
#include <fmt/format.h>

#include "libs/base/secret.h"
#include "services/notifications/domain/encoding.h"

namespace aplus::notifications {
namespace message {

constexpr std::string_view kAutomatic = "Message automatique : merci de ne pas y répondre.";

std::string Part(std::string_view type, std::string_view boundary, std::string_view body) {
  std::string encoded = QuotedPrintable(body);
  std::string part = fmt::format(
      "--{}\r\nContent-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
      boundary, type, encoded);
  Wipe(encoded);
  return part;
}

// "https://x/y" in running text of ours, made a link in HTML: digests name one per request.
std::string WithLinks(std::string_view text) {
  const std::size_t at = text.find("http");
  if (at == std::string_view::npos) return EscapeHtml(text);
  const std::string url = EscapeHtml(text.substr(at));
  return fmt::format("{}<a href=\"{}\" style=\"color:#1b4f9c\">Ouvrir</a>", EscapeHtml(text.substr(0, at)),
                     url);
}

}  // namespace message

std::string MailDate(Time time) {
  return absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000",
                          absl::FromUnixMicros(time.time_since_epoch().count()), absl::UTCTimeZone());
}

std::string PlainText(const Site& site, const Wording& wording) {
  std::string text = "Bonjour,\n";
  for (const std::string& paragraph : wording.paragraphs) text.append("\n").append(paragraph).append("\n");
  if (!wording.link.empty() && wording.facts.empty()) text.append("\n");
  if (!wording.facts.empty()) text.append("\n");
  for (const auto& [label, value] : wording.facts)
    text.append(label).append(" : ").append(value).append("\n");
  if (!wording.link.empty())
    text.append("\n").append(wording.button).append(" :\n").append(wording.link).append("\n");
  for (const std::string& note : wording.notes) text.append("\n").append(note).append("\n");
  return text.append("\n-- \n")
      .append(site.service_name)
      .append(" · ")
      .append(message::kAutomatic)
      .append("\n");
}

std::string HtmlText(const Site& site, const Wording& wording) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n</head>\n"
      "<body "
      "style=\"margin:0;padding:24px;background:#ffffff;color:#1c1c1c;font-family:Arial,Helvetica,sans-serif;"
      "font-size:16px;line-height:1.5\">\n<div style=\"max-width:600px;margin:0 auto\">\n<p>Bonjour,</p>\n",
      EscapeHtml(wording.subject));
  for (const std::string& paragraph : wording.paragraphs)
    html.append("<p>").append(EscapeHtml(paragraph)).append("</p>\n");
  const auto facts = [&] {
    if (wording.facts.empty()) return;
    html.append("<ul style=\"padding-left:20px\">\n");
    for (const auto& [label, value] : wording.facts) {
      html.append(
          fmt::format("<li>{} : <strong>{}</strong></li>\n", EscapeHtml(label), message::WithLinks(value)));
    }
    html.append("</ul>\n");
  };
  facts();
  if (!wording.link.empty()) {
    html.append(fmt::format(
        "<p><a href=\"{}\" style=\"display:inline-block;padding:10px 18px;background:#1b4f9c;color:#ffffff;"
        "text-decoration:none;border-radius:4px\">{}</a></p>\n",
        EscapeHtml(wording.link), EscapeHtml(wording.button)));
  }
  for (const std::string& note : wording.notes) {
    html.append("<p style=\"font-size:14px;color:#444444\">").append(EscapeHtml(note)).append("</p>\n");
  }
  html.append(
      fmt::format("<hr style=\"border:0;border-top:1px solid #cccccc\">\n<p "
                  "style=\"font-size:13px;color:#444444\">{} · {}</p>\n"
                  "</div>\n</body>\n</html>\n",
                  EscapeHtml(site.service_name), message::kAutomatic));
  return html;
}

std::string Compose(const Site& site, const Envelope& envelope, const Wording& wording) {
  // "=_" cannot occur in quoted-printable, so no part can hold the boundary.
  constexpr std::string_view kBoundary = "=_aplus_parts";
  std::string mail;
  mail.append(Header("Subject", wording.subject));
  mail.append("From: ")
      .append(DisplayName(envelope.from_name))
      .append("\r\n <")
      .append(envelope.from_address)
      .append(">\r\n");
  mail.append(TokenHeader("To", envelope.to));
  mail.append(TokenHeader("Date", MailDate(envelope.date)));
  mail.append(TokenHeader("Message-ID", fmt::format("<{}>", envelope.message_id)));
  // RFC 3834, and its like for Exchange: no out-of-office answers to us.
  mail.append("Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n");
  if (wording.list_unsubscribe && !envelope.unsubscribe_url.empty()) {
    mail.append(TokenHeader("List-Unsubscribe", fmt::format("<{}>", envelope.unsubscribe_url)));
  }
  mail.append("MIME-Version: 1.0\r\nContent-Language: fr\r\n");
  mail.append(fmt::format("Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n", kBoundary));
  // Login mails hold a token: what was copied on the way is wiped.
  for (const bool html : {false, true}) {
    std::string body = html ? HtmlText(site, wording) : PlainText(site, wording);
    std::string part = message::Part(html ? "text/html" : "text/plain", kBoundary, body);
    mail.append(part);
    Wipe(body);
    Wipe(part);
  }
  return mail.append("--").append(kBoundary).append("--\r\n");
}

}  // namespace aplus::notifications
