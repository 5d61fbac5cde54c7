#include "services/notifications/domain/wording.h"

#include <absl/time/time.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "services/notifications/domain/encoding.h"

namespace aplus::notifications {
namespace wording {

// One row per kind. {org}: « par CAF », or nothing when the organisation is not known; {n}: « n° 4711 ».
struct Row {
  Kind kind;
  std::string_view subject;
  std::string_view sentence;
  std::string_view digest;  // the same in a few words, in a list
};

constexpr std::array kRows{
    Row{Kind::kWelcome, "Votre compte {service} est ouvert",
        "Un compte vient d’être ouvert pour vous sur {service}. Pour vous connecter, indiquez votre adresse "
        "professionnelle : vous recevrez un lien de connexion par e-mail, sans mot de passe.",
        "compte ouvert"},
    Row{Kind::kNewRequest, "Nouvelle demande{n}{from}",
        "Une nouvelle demande{n} est adressée à votre groupe{by}.", "nouvelle demande"},
    Row{Kind::kGroupInvited, "Votre groupe est sollicité sur la demande{n}",
        "Votre groupe est invité à participer à la demande{n}{opened}.", "votre groupe est invité"},
    Row{Kind::kHelperInvited, "Vous êtes invité sur la demande{n}",
        "Vous êtes invité à suivre la demande{n}{opened}.", "vous êtes invité"},
    Row{Kind::kExpertInvited, "Votre appui est demandé sur la demande{n}",
        "Vous êtes invité en tant qu’expert sur la demande{n}{opened}.", "votre appui est demandé"},
    Row{Kind::kMessage, "Nouveau message sur la demande{n}{from}",
        "Un nouveau message a été écrit{by} sur la demande{n}.", "nouveau message"},
    Row{Kind::kTakenInCharge, "Demande{n} prise en charge{from}", "La demande{n} est prise en charge{by}.",
        "prise en charge"},
    Row{Kind::kDeclined, "Demande{n} : un groupe se retire",
        "Un groupe n’est pas le bon interlocuteur pour la demande{n}{from}.", "un groupe s’est retiré"},
    Row{Kind::kNobodyLeft, "Demande{n} : plus aucun interlocuteur",
        "Plus aucun des groupes sollicités ne traite la demande{n}. Ouvrez-la pour en inviter un autre.",
        "plus aucun interlocuteur"},
    Row{Kind::kProcessed, "Demande{n} traitée{from}",
        "La demande{n} est indiquée comme traitée{by}. Si le blocage est levé, vous pouvez la clôturer ; "
        "sinon, "
        "répondez dans le fil.",
        "traitée"},
    Row{Kind::kClosed, "Demande{n} clôturée", "La demande{n} est clôturée.", "clôturée"},
    Row{Kind::kRevoked, "Demande{n} : autorisation retirée",
        "L’usager a retiré son autorisation. La demande{n} est close et son contenu est effacé.",
        "autorisation retirée, contenu effacé"},
    Row{Kind::kClosedInactive, "Demande{n} clôturée faute d’activité",
        "La demande{n}, restée sans activité, a été clôturée automatiquement. Vous pouvez la rouvrir tant "
        "que son "
        "contenu n’est pas effacé.",
        "clôturée faute d’activité"},
    Row{Kind::kClosedUnanswered, "Demande{n} clôturée sans réponse",
        "La demande{n} n’a reçu aucune réponse. Elle a été clôturée automatiquement. Son aidant peut la "
        "rouvrir tant "
        "que son contenu n’est pas effacé.",
        "clôturée sans réponse"},
    Row{Kind::kReopened, "Demande{n} rouverte", "La demande{n} a été rouverte{by}.", "rouverte"},
    Row{Kind::kLateSoon, "Demande{n} : réponse attendue d’ici un jour ouvré",
        "La demande{n}{opened} attend une réponse de votre groupe. Le délai se termine dans un jour ouvré.",
        "réponse attendue d’ici un jour ouvré"},
    Row{Kind::kLate, "Demande{n} en souffrance",
        "La demande{n}{opened} n’a pas reçu de réponse dans le délai prévu.", "en souffrance"},
    Row{Kind::kEndAnnounced, "Demande{n} : clôture automatique dans dix jours",
        "La demande{n} est traitée et rien ne s’y passe plus. Sans action de votre part, elle sera clôturée "
        "automatiquement dans dix jours. Si le blocage est levé, clôturez-la ; sinon, répondez dans le fil.",
        "clôture automatique dans dix jours"},
    Row{Kind::kEndUnanswered, "Demande{n} : clôture sans réponse dans dix jours",
        "La demande{n}{opened} reste sans réponse. Sans réponse, elle sera clôturée automatiquement dans dix "
        "jours.",
        "clôture sans réponse dans dix jours"},
    Row{Kind::kRaised, "Demande{n} toujours sans réponse",
        "La demande{n}{opened} attend toujours une réponse d’un des groupes que vous suivez.",
        "toujours sans réponse"},
    Row{Kind::kToBeClosed, "Demande{n} à clôturer",
        "La demande{n} est traitée et attend que vous la clôturiez. Si le blocage n’est pas levé, répondez "
        "dans le "
        "fil.",
        "traitée, à clôturer"},
    Row{Kind::kUnread, "Demande{n} : une réponse vous attend",
        "Une réponse sur la demande{n} n’a pas été lue depuis plusieurs jours.", "réponse non lue"},
    Row{Kind::kFileExpiring, "Demande{n} : un fichier sera bientôt effacé",
        "Un fichier joint à la demande{n} n’a pas été téléchargé et sera bientôt effacé. Il ne pourra pas "
        "être "
        "restauré.",
        "fichier bientôt effacé"},
    Row{Kind::kFileRejected, "Un fichier déposé a été refusé",
        "Un fichier que vous avez déposé a été refusé par le contrôle de sécurité et détruit. Si vous en "
        "avez "
        "besoin, déposez-en une version saine.",
        "fichier refusé"},
    Row{Kind::kTakenOut, "Vous avez été retiré d’un groupe{from}",
        "Un membre vous a retiré d’un de vos groupes. Si c’est une erreur, un responsable du groupe peut "
        "l’annuler.",
        "retiré d’un groupe"},
    Row{Kind::kMemberTakenOut, "Un membre a été retiré d’un groupe dont vous êtes responsable{from}",
        "Un membre a été retiré d’un groupe dont vous êtes responsable. Vous pouvez l’annuler depuis la "
        "page du groupe.",
        "membre retiré d’un groupe"},
    Row{Kind::kInactivityWarning, "Votre compte {service} va être désactivé",
        "Vous ne vous êtes pas connecté à {service} depuis plusieurs mois. Sans connexion de votre part, "
        "votre "
        "compte sera désactivé au bout de six mois. Pour le garder, connectez-vous.",
        "compte bientôt désactivé"},
    Row{Kind::kAccountIdle, "Votre compte {service} est désactivé",
        "Personne ne s’est connecté à votre compte {service} depuis six mois : il est désactivé. Les "
        "demandes "
        "ouvertes que vous suiviez sont confiées aux experts. Pour retrouver votre compte, adressez-vous à "
        "un "
        "responsable de votre groupe, qui peut le réactiver.",
        "compte désactivé"},
    Row{Kind::kTermsPublished, "Nouvelles conditions d’utilisation de {service}",
        "Une nouvelle version des conditions d’utilisation de {service} est publiée. Dès son entrée en "
        "vigueur, "
        "il faudra la lire et l’accepter pour continuer à utiliser {service}.",
        "nouvelles conditions d’utilisation"},
    Row{Kind::kUnreached, "Demande{n} : un groupe n’a pas pu être prévenu{from}",
        "Aucun e-mail concernant la demande{n} n’a pu joindre un des groupes sollicités{from}. Son "
        "responsable est "
        "prévenu ; ouvrez la demande pour inviter un autre groupe si besoin.",
        "groupe non joignable"},
    Row{Kind::kGroupUnreached, "Votre groupe ne reçoit pas les e-mails{from}",
        "Aucun e-mail concernant la demande{n} n’a pu joindre un groupe dont vous êtes responsable{from} : "
        "les "
        "adresses sont refusées, ou le groupe n’a plus de membre actif. La liste des adresses en échec est "
        "sur la "
        "page du groupe.",
        "votre groupe n’est pas joignable"},
    Row{Kind::kEmailChanged, "L’adresse de votre compte {service} a changé",
        "Un administrateur a donné cette adresse à votre compte {service}. Connectez-vous désormais avec "
        "elle. "
        "Si vous n’avez rien demandé, prévenez-nous.",
        "adresse du compte changée"},
    Row{Kind::kLeaver, "Un compte {service} a été désactivé",
        "Un compte vient d’être désactivé. La page des comptes dit lequel et par qui.", "compte désactivé"},
    Row{Kind::kExcludedSharing, "Votre compte {service} est exclu",
        "Votre compte {service} a été exclu pour manquement aux conditions d’utilisation : il a été prêté à "
        "une "
        "autre personne, ou utilisé par elle. Vous ne pouvez plus vous connecter.",
        "compte exclu"},
    Row{Kind::kExcludedMission, "Votre compte {service} est exclu",
        "Votre compte {service} a été exclu pour manquement aux conditions d’utilisation : des données ont "
        "été "
        "consultées ou utilisées en dehors de votre mission. Vous ne pouvez plus vous connecter.",
        "compte exclu"},
    Row{Kind::kExcludedSecrecy, "Votre compte {service} est exclu",
        "Votre compte {service} a été exclu pour manquement aux conditions d’utilisation : la "
        "confidentialité "
        "des échanges n’a pas été respectée. Vous ne pouvez plus vous connecter.",
        "compte exclu"},
    Row{Kind::kExcludedConduct, "Votre compte {service} est exclu",
        "Votre compte {service} a été exclu pour manquement aux conditions d’utilisation : des propos ou un "
        "comportement envers des usagers ou des collègues. Vous ne pouvez plus vous connecter.",
        "compte exclu"},
    Row{Kind::kExcludedTerms, "Votre compte {service} est exclu",
        "Votre compte {service} a été exclu pour manquement aux conditions d’utilisation. Vous ne pouvez "
        "plus "
        "vous connecter.",
        "compte exclu"},
    Row{Kind::kHandedOver, "Demande{n} : l’aidant a quitté le service",
        "La personne qui suivait la demande{n} a quitté le service. Le fil dit qui la suit désormais ; si "
        "personne ne la reprend, les experts sont invités et les instructeurs peuvent la clôturer.",
        "l’aidant a quitté le service"},
    Row{Kind::kMisuseReported, "Un usage abusif est signalé sur la demande{n}",
        "Une personne qui participe à la demande{n} signale un usage abusif. La page des signalements en dit "
        "la nature.",
        "usage abusif signalé"},
    Row{Kind::kAccountEntered, "Nouvelle connexion à votre compte {service}",
        "Quelqu’un vient de se connecter à votre compte. Si c’était vous, il n’y a rien à faire. Sinon, "
        "prévenez "
        "l’équipe tout de suite et changez le mot de passe de votre messagerie.",
        "nouvelle connexion"},
    Row{Kind::kSecondFactorSet, "Second facteur de votre compte {service} enregistré",
        "Un second facteur, ou de nouveaux codes de secours, viennent d’être enregistrés pour votre compte. "
        "Si "
        "ce "
        "n’était pas vous, prévenez l’équipe tout de suite.",
        "second facteur enregistré"},
    Row{Kind::kSecondFactorDropped, "Second facteur de votre compte {service} retiré",
        "Le second facteur de votre compte vient d’être retiré. Si ce n’était pas vous et que vous ne l’avez "
        "pas "
        "demandé, prévenez l’équipe tout de suite.",
        "second facteur retiré"},
    Row{Kind::kRecoveryCodeUsed, "Un code de secours de votre compte {service} a servi",
        "Un code de secours vient de remplacer le code de votre application. Si ce n’était pas vous, "
        "prévenez "
        "l’équipe tout de suite ; sinon, gardez les codes restants en lieu sûr.",
        "code de secours utilisé"},
    Row{Kind::kCodesGuessed, "Codes faux répétés sur votre compte {service}",
        "Plusieurs codes faux viennent d’être saisis pour votre compte, qui en refuse d’autres pendant un "
        "moment. "
        "Si ce n’était pas vous, quelqu’un lit peut-être votre messagerie : prévenez l’équipe tout de suite.",
        "codes faux répétés"},
    Row{Kind::kProConnectLinked, "ProConnect ouvre désormais votre compte {service}",
        "Votre identité ProConnect vient d’être associée à votre compte. Si ce n’était pas vous, prévenez "
        "l’équipe "
        "tout de suite.",
        "ProConnect associé"},
};

const Row& RowOf(Kind kind) {
  const auto* row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.kind == kind; });
  // Login and digests have functions of their own; every other kind has a row (a test walks them).
  return row != kRows.end() ? *row : kRows[5];
}

// U+00A0: « n° 4711 » stays on one line.
std::string Number(std::string_view number) {
  return number.empty() ? "" : fmt::format(" n°\u00a0{}", number);
}

std::string Fill(std::string_view pattern, const Site& site, const Notice& notice) {
  const auto with = [&](std::string_view format) {
    return notice.organisation.empty() ? std::string()
                                       : fmt::format(fmt::runtime(format), notice.organisation);
  };
  return fmt::format(fmt::runtime(pattern), fmt::arg("service", site.service_name),
                     fmt::arg("n", Number(notice.number)), fmt::arg("from", with(" – {}")),
                     fmt::arg("by", with(" par {}")), fmt::arg("opened", with(", ouverte par {},")));
}

std::string Link(const Site& site, std::string_view request_id) {
  return request_id.empty() ? site.public_url + "/"
                            : fmt::format("{}/demandes/{}", site.public_url, request_id);
}

constexpr std::string_view kNoPersonalData =
    "Par confidentialité, ce message ne dit rien de l’usager ni de l’échange : ouvrez la demande pour les "
    "lire.";

absl::Time ToAbsl(Time time) { return absl::FromUnixMicros(time.time_since_epoch().count()); }

absl::TimeZone Paris() {
  absl::TimeZone zone;
  // Debian's tzdata is always there; without it the hour is UTC, and says so below.
  absl::LoadTimeZone("Europe/Paris", &zone);
  return zone;
}

std::string Asked(Time at, const std::string& asked_from) {
  std::string asked = fmt::format("le {} à {}", DayInParis(at), HourInParis(at));
  if (const std::string from = HarmlessLine(asked_from); !from.empty())
    asked.append(", depuis ").append(from);
  return asked;
}

}  // namespace wording

std::string HourInParis(Time time) {
  const absl::TimeZone zone = wording::Paris();
  const auto civil = absl::ToCivilSecond(wording::ToAbsl(time), zone);
  return fmt::format("{}\u00a0h\u00a0{:02}{}", civil.hour(), civil.minute(),
                     zone.name() == "UTC" ? " (temps universel)" : " (heure de Paris)");
}

std::string DayInParis(Time time) {
  constexpr std::array<std::string_view, 12> kMonths{"janvier",   "février", "mars",     "avril",
                                                     "mai",       "juin",    "juillet",  "août",
                                                     "septembre", "octobre", "novembre", "décembre"};
  const auto civil = absl::ToCivilDay(wording::ToAbsl(time), wording::Paris());
  return fmt::format("{}{} {} {}", civil.day(), civil.day() == 1 ? "er" : "",
                     kMonths.at(static_cast<std::size_t>(civil.month() - 1)), civil.year());
}

Wording Tell(const Site& site, const Notice& notice) {
  const wording::Row& row = wording::RowOf(notice.kind);
  Wording wording;
  wording.subject = wording::Fill(row.subject, site, notice);
  wording.paragraphs.push_back(wording::Fill(row.sentence, site, notice));
  if (!notice.number.empty()) wording.facts.emplace_back("Demande", "n°\u00a0" + notice.number);
  if (!notice.organisation.empty()) wording.facts.emplace_back("Organisme", notice.organisation);
  wording.link = wording::Link(site, notice.request_id);
  if (notice.request_id.empty()) {
    wording.button = "Ouvrir " + site.service_name;
  } else {
    wording.button = "Ouvrir la demande";
    wording.notes.emplace_back(wording::kNoPersonalData);
  }
  return wording;
}

Wording TellTogether(const Site& site, bool only_late, const std::vector<Notice>& notices) {
  Wording wording;
  // Grouped by request, in the order in which each came first.
  std::vector<std::pair<std::string, std::vector<const Notice*>>> groups;
  for (const Notice& notice : notices) {
    auto found = std::find_if(groups.begin(), groups.end(),
                              [&](const auto& g) { return g.first == notice.request_id; });
    if (found == groups.end()) found = groups.insert(groups.end(), {notice.request_id, {}});
    found->second.push_back(&notice);
  }
  const std::size_t count = groups.size();
  const std::string_view plural = count > 1 ? "s" : "";
  if (only_late) {
    const bool unanswered = std::all_of(notices.begin(), notices.end(), [](const Notice& notice) {
      return notice.kind == Kind::kLate || notice.kind == Kind::kLateSoon;
    });
    if (unanswered) {
      wording.subject = fmt::format("{} demande{} en attente de réponse", count, plural);
      wording.paragraphs.push_back(
          count > 1 ? "Ces demandes n’ont pas reçu de réponse dans le délai prévu, ou s’en approchent :"
                    : "Cette demande n’a pas reçu de réponse dans le délai prévu, ou s’en approche :");
    } else {
      wording.subject = fmt::format("{} demande{} en attente", count, plural);
      wording.paragraphs.push_back(count > 1 ? "Ces demandes attendent une suite de votre part :"
                                             : "Cette demande attend une suite de votre part :");
    }
  } else {
    wording.subject = fmt::format("{} : du nouveau sur {} demande{}", site.service_name, count, plural);
    wording.paragraphs.push_back("Depuis le dernier récapitulatif :");
    wording.list_unsubscribe = true;
    wording.notes.push_back(
        "Vous recevez ce récapitulatif selon vos préférences : vous pouvez les changer à tout moment dans "
        "votre profil.");
  }
  for (const auto& [request_id, items] : groups) {
    std::vector<std::pair<std::string_view, int>> kinds;
    std::string number;
    for (const Notice* item : items) {
      if (number.empty()) number = item->number;
      const std::string_view what = wording::RowOf(item->kind).digest;
      auto found = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == what; });
      if (found == kinds.end()) found = kinds.insert(kinds.end(), {what, 0});
      ++found->second;
    }
    std::string line;
    for (const auto& [what, times] : kinds) {
      if (!line.empty()) line.append(", ");
      line.append(what);
      if (times > 1) line.append(fmt::format(" (×\u00a0{})", times));
    }
    if (!request_id.empty()) line.append(" — ").append(wording::Link(site, request_id));
    wording.facts.emplace_back(number.empty() ? "Demande" : "Demande n°\u00a0" + number, std::move(line));
  }
  wording.button = "Ouvrir " + site.service_name;
  wording.link = site.public_url + "/";
  wording.notes.emplace_back("Par confidentialité, ce message ne dit rien des usagers ni des échanges.");
  return wording;
}

Wording TellLogin(const Site& site, const LoginLink& login) {
  Wording wording;
  wording.subject = fmt::format("Votre lien de connexion à {}", site.service_name);
  wording.paragraphs.push_back(
      fmt::format("Vous avez demandé à vous connecter à {}. Ouvrez ce lien dans le navigateur où vous l’avez "
                  "demandé, puis "
                  "appuyez sur le bouton de la page.",
                  site.service_name));
  wording.button = "Me connecter";
  wording.link = fmt::format("{}/connexion#t={}", site.public_url, login.token.Reveal());
  const bool has_code = !login.code.empty();
  if (has_code)
    wording.facts.emplace_back("Ou tapez ce code là où vous avez demandé le lien", login.code.Reveal());
  wording.facts.emplace_back(
      has_code ? "Lien et code valables une seule fois, jusqu’à" : "Lien valable une seule fois, jusqu’à",
      HourInParis(login.expires_at));
  wording.facts.emplace_back("Demandé", wording::Asked(login.asked_at, login.asked_from));
  wording.notes.push_back(
      "Ne transférez ce message à personne et ne dictez jamais le code, même au téléphone : notre équipe ne "
      "le "
      "demande jamais.");
  wording.notes.push_back(
      "Si vous n’avez rien demandé, ignorez ce message : sans lui, personne ne peut se connecter.");
  return wording;
}

Wording TellNoAccount(const Site& site, Time asked_at, const std::string& asked_from) {
  Wording wording;
  wording.subject = fmt::format("Pas de compte {} à cette adresse", site.service_name);
  wording.paragraphs.push_back(
      fmt::format("Une connexion à {} a été demandée avec cette adresse, qui n’a pas de compte. Essayez "
                  "votre adresse nominative (du type "
                  "prenom.nom@…), ou demandez un compte au responsable de votre groupe.",
                  site.service_name));
  wording.facts.emplace_back("Demandé", wording::Asked(asked_at, asked_from));
  wording.button = "Réessayer";
  wording.link = site.public_url + "/connexion";
  wording.notes.emplace_back("Si vous n’avez rien demandé, ignorez ce message.");
  return wording;
}

}  // namespace aplus::notifications
