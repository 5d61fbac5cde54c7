#include "libs/base/reason.h"

#include <array>

namespace aplus {
namespace {

// gRPC codes: 1 cancelled, 3 invalid argument, 4 deadline exceeded, 5 not found, 6 already exists,
// 7 permission denied, 8 resource exhausted, 9 failed precondition, 10 aborted, 11 out of range,
// 12 unimplemented, 13 internal, 14 unavailable, 16 unauthenticated.
constexpr std::array<ReasonRow, static_cast<std::size_t>(Reason::kCount_)> kReasons{{
    {Reason::kInvalidArgument, "invalid_argument", 3, 400, "Certaines informations ne sont pas valables."},
    {Reason::kMalformed, "malformed", 3, 400, "La demande envoyée est mal formée."},
    {Reason::kUnauthenticated, "unauthenticated", 16, 401,
     "Vous n’êtes pas connecté, ou votre session a pris fin."},
    {Reason::kTermsRequired, "terms_required", 9, 403,
     "Les conditions d’utilisation doivent d’abord être acceptées."},
    {Reason::kSecondFactorRequired, "second_factor_required", 7, 403,
     "Votre second facteur est d’abord demandé."},
    {Reason::kStepUpRequired, "step_up_required", 7, 403, "Confirmez d’abord avec votre second facteur."},
    {Reason::kForbidden, "forbidden", 7, 403, "Vous n’avez pas le droit de faire cela."},
    {Reason::kNotFound, "not_found", 5, 404, "Introuvable, ou hors de vos droits."},
    {Reason::kMethodNotAllowed, "method_not_allowed", 12, 405, "Cette adresse ne connaît pas cette action."},
    {Reason::kUnsupportedMediaType, "unsupported_media_type", 3, 415,
     "Ce type de contenu n’est pas accepté ici."},
    {Reason::kCsrf, "csrf", 7, 403, "Cet appel ne vient pas des pages du service."},
    {Reason::kRateLimited, "rate_limited", 8, 429, "Trop de demandes : réessayez dans un instant."},
    {Reason::kTooLarge, "too_large", 8, 413, "L’envoi est trop volumineux."},
    {Reason::kRequestTimeout, "request_timeout", 4, 408, "La demande a mis trop de temps à arriver."},
    {Reason::kClientGone, "client_gone", 1, 499, "L’envoi s’est interrompu avant la fin."},
    {Reason::kTimeout, "timeout", 4, 504, "Le service a mis trop de temps à répondre."},
    {Reason::kCancelled, "cancelled", 1, 499, "L’appel a été interrompu."},
    {Reason::kUnavailable, "unavailable", 14, 503, "Le service est momentanément indisponible."},
    {Reason::kInternal, "internal", 13, 500, "Une erreur interne est survenue."},
    {Reason::kStale, "stale", 10, 412, "Entre-temps, quelqu’un d’autre a agi."},
    {Reason::kImpossible, "impossible", 9, 409, "Ce n’est pas possible dans l’état actuel."},
    {Reason::kErased, "erased", 5, 410, "Ces données ont été effacées, comme la règle le prévoit."},
    {Reason::kKeyRequired, "key_required", 3, 400, "Il manque l’en-tête Idempotency-Key."},
    {Reason::kKeyReused, "key_reused", 9, 422, "Cette clé a déjà servi pour un autre envoi."},
    {Reason::kKeyRunning, "key_running", 10, 409, "Le premier envoi avec cette clé est encore en cours."},
    {Reason::kConflict, "conflict", 6, 409, "Cela existe déjà."},
    {Reason::kLinkUnknown, "link_unknown", 16, 401, "Ce lien de connexion n’est pas connu."},
    {Reason::kLinkUsed, "link_used", 16, 401, "Ce lien de connexion a déjà servi."},
    {Reason::kLinkExpired, "link_expired", 16, 401, "Ce lien de connexion a expiré."},
    {Reason::kCodeWrong, "code_wrong", 16, 401, "Ce code n’est pas le bon."},
    {Reason::kWrongBrowser, "wrong_browser", 7, 403,
     "Ouvrez ce lien dans le navigateur où vous l’avez demandé, ou tapez-y le code."},
    {Reason::kProviderRefused, "provider_refused", 7, 403,
     "Le fournisseur d’identité n’a pas confirmé votre identité : recommencez."},
    {Reason::kSignerRequired, "signer_required", 3, 400,
     "Ce compte est partagé : indiquez le nom et le service de la personne qui agit."},
    {Reason::kNotAddressable, "not_addressable", 9, 409, "Ce groupe ne peut pas être sollicité."},
    {Reason::kNotEntitled, "not_entitled", 3, 400,
     "Aucun des organismes sollicités n’est habilité à connaître cet identifiant."},
    {Reason::kMandateIncomplete, "mandate_incomplete", 3, 400, "L’autorisation de l’usager est incomplète."},
    {Reason::kFileEmpty, "file_empty", 3, 400, "Le fichier est vide."},
    {Reason::kFileTooLarge, "file_too_large", 8, 413, "Le fichier est trop volumineux."},
    {Reason::kFileType, "file_type", 3, 415, "Ce type de fichier n’est pas accepté."},
    {Reason::kFileUnsafe, "file_unsafe", 3, 422, "Ce fichier n’est pas sûr."},
    {Reason::kFileNotReady, "file_not_ready", 9, 409, "Le fichier est encore en cours d’analyse."},
    {Reason::kTooManyFiles, "too_many_files", 9, 409, "Le nombre de fichiers permis est atteint."},
    {Reason::kRangeNotSatisfiable, "range_not_satisfiable", 11, 416,
     "La plage demandée n’existe pas dans ce fichier."},
}};

constexpr bool EveryReasonHasItsRow() {
  for (std::size_t i = 0; i < kReasons.size(); ++i) {
    if (static_cast<std::size_t>(kReasons[i].reason) != i || kReasons[i].code.empty()) return false;
  }
  return true;
}
static_assert(EveryReasonHasItsRow(), "rows must stand in the order of the enumerators");

}  // namespace

const ReasonRow& Describe(Reason reason) { return kReasons.at(static_cast<std::size_t>(reason)); }

std::optional<Reason> ReasonFromCode(std::string_view code) {
  for (const ReasonRow& row : kReasons) {
    if (row.code == code) return row.reason;
  }
  return std::nullopt;
}

}  // namespace aplus
