#include "services/requests/load/demo_story.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "libs/base/random.h"

namespace aplus::requests {
namespace demo_story {

constexpr std::array<std::string_view, 24> kFirstNames{
    "Aminata",   "André",   "Béatrice", "Bernard",  "Chantal",    "Daniel",  "Djamila", "Émile",
    "Fatoumata", "Georges", "Huguette", "Ibrahim",  "Jacqueline", "Kamel",   "Lucette", "Marcel",
    "Nadège",    "Odette",  "Pascal",   "Raymonde", "Sékou",      "Thérèse", "Yvon",    "Zohra"};
constexpr std::array<std::string_view, 32> kLastNames{
    "Abadie", "Bourgeois", "Camara",    "Delaunay",   "Evrard",   "Ferrand",  "Guillou",  "Hubert",
    "Imbert", "Jacquet",   "Kaddour",   "Lacombe",    "Maréchal", "Nguyen",   "Ouattara", "Pottier",
    "Quéré",  "Ribeiro",   "Salmon",    "Tessier",    "Urbain",   "Vasseur",  "Weiss",    "Yilmaz",
    "Zimmer", "Barreau",   "Coulibaly", "Dos Santos", "Fouquet",  "Grosjean", "Lafitte",  "Mercadier"};
constexpr std::array<std::string_view, 8> kOpenings{
    "La personne n’a plus aucun versement depuis deux mois.",
    "Le dossier a été déposé complet il y a plus de trois mois, sans réponse.",
    "Deux courriers recommandés sont restés sans suite.",
    "Le compte en ligne indique « en cours de traitement » depuis le printemps.",
    "Un changement de situation a été déclaré mais n’a pas été pris en compte.",
    "Une pièce est réclamée alors qu’elle a déjà été fournie deux fois.",
    "Le transfert entre deux organismes semble bloqué.",
    "Une décision contraire à la précédente est arrivée sans explication."};
constexpr std::array<std::string_view, 8> kMiddles{
    "Elle vit seule avec deux enfants et n’a plus d’épargne.",
    "Le loyer n’est plus payé et le bailleur menace d’une procédure.",
    "La plateforme téléphonique renvoie vers le site, qui affiche une erreur.",
    "L’accueil local a confirmé que toutes les pièces étaient au dossier.",
    "L’état de santé ne permet pas de déplacement.",
    "L’employeur a confirmé avoir transmis les éléments.",
    "Un rendez-vous a été annulé deux fois.",
    "Aucune explication n’a été donnée sur le motif du refus."};
constexpr std::array<std::string_view, 6> kRequests{
    "Pouvez-vous vérifier où en est le dossier et débloquer le versement ?",
    "Merci d’indiquer la pièce manquante, ou de confirmer que le dossier est complet.",
    "Pouvez-vous suspendre la procédure le temps de l’examen ?",
    "Merci de confirmer la prise en compte du changement.",
    "Pouvez-vous indiquer un délai ?",
    "Un réexamen est-il possible ?"};
constexpr std::array<std::string_view, 8> kAnswers{
    "Le dossier est repris ce jour, le droit sera recalculé cette semaine.",
    "Il manque l’attestation de l’année dernière : pouvez-vous la joindre ?",
    "Le blocage vient d’un double dossier, les deux vont être fusionnés.",
    "Le versement est remis en paiement, il sera visible sous cinq jours ouvrés.",
    "La demande relève d’un autre service, je le sollicite et je reviens vers vous.",
    "Le changement est enregistré, un courrier de confirmation part demain.",
    "Le trop-perçu est annulé après vérification.",
    "Je contacte la personne par téléphone cet après-midi."};
constexpr std::array<std::string_view, 5> kReplies{
    "Merci, la pièce a été transmise ce matin.", "La personne confirme, merci beaucoup.",
    "Le versement n’apparaît pas encore, pouvez-vous vérifier ?", "C’est bien cette adresse.",
    "Je la reçois demain et je vous confirme."};
constexpr std::array<std::string_view, 3> kAsides{"Avez-vous la même adresse de votre côté ?",
                                                  "De notre côté le droit est ouvert depuis mars.",
                                                  "Je vois un dossier en double, et vous ?"};

class Dice {
 public:
  Dice(std::uint64_t seed, std::uint64_t number) : random_(seed * 0x9E3779B97F4A7C15ULL + number) {}

  // From 0 to below `limit`.
  std::size_t Below(std::size_t limit) {
    std::array<std::uint8_t, 8> bytes;
    random_.Fill(bytes);
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    return static_cast<std::size_t>(value % limit);
  }
  int Between(int low, int high) {
    return low + static_cast<int>(Below(static_cast<std::size_t>(high - low + 1)));
  }
  bool Percent(std::size_t share) { return Below(100) < share; }
  template <class List>
  const auto& OneOf(const List& list) {
    return list[Below(list.size())];
  }

 private:
  SeededRandom random_;
};

Citizen InventCitizen(Dice& dice, const std::string& area, Identifiers entitled, bool by_phone) {
  Citizen citizen;
  citizen.first_name = dice.OneOf(kFirstNames);
  citizen.last_name = dice.OneOf(kLastNames);
  const int year = dice.Between(1938, 2006);
  const int month = dice.Between(1, 12);
  citizen.birth_date = dice.Percent(10) ? fmt::format("{}", year)
                                        : fmt::format("{:02}/{:02}/{}", dice.Between(1, 28), month, year);
  if (by_phone || dice.Percent(60)) {
    citizen.phone = fmt::format("06 {:02} {:02} {:02} {:02}", dice.Between(0, 99), dice.Between(0, 99),
                                dice.Between(0, 99), dice.Between(0, 99));
  }
  if ((entitled & kCafNumber) != 0 && dice.Percent(70)) {
    citizen.caf_number = fmt::format("{:07}", dice.Between(1'000'000, 9'999'999));
  }
  if ((entitled & kNir) != 0 && dice.Percent(50)) {
    citizen.nir = InventNir(dice.Percent(50), year, month, area, dice.Between(1, 999));
  }
  if ((entitled & kTaxNumber) != 0 && dice.Percent(60)) {
    citizen.tax_number =
        fmt::format("{:013}", 1'000'000'000'000 + static_cast<std::int64_t>(dice.Below(2'000'000'000)));
  }
  return citizen;
}

// What the first group addressed makes of it. Answers whether it ends solved.
bool TellWork(Dice& dice, DemoStory& story, const DemoGroup& group, const DemoGroup* second) {
  const auto& instructor = dice.OneOf(group.actors);
  const auto act = [&](DemoDeed deed, std::string_view text) {
    story.acts.push_back({deed, instructor, group.id, std::string(text)});
  };
  if (dice.Percent(6)) return false;  // nobody has looked yet
  act(DemoDeed::kRead, "");
  if (dice.Percent(4)) return false;
  if (dice.Percent(4)) {
    act(DemoDeed::kDecline, "Cette demande relève d’un autre organisme.");
    return false;
  }
  if (dice.Percent(50)) act(DemoDeed::kTakeCharge, "");
  if (second != nullptr && dice.Percent(40)) act(DemoDeed::kPrivateMessage, dice.OneOf(kAsides));
  const int rounds = dice.Between(1, 3);
  for (int round = 0; round < rounds; ++round) {
    act(DemoDeed::kMessage, dice.OneOf(kAnswers));
    if (dice.Percent(45)) {
      story.acts.push_back(
          {DemoDeed::kMessage, story.creator, story.group, std::string(dice.OneOf(kReplies))});
    }
  }
  if (!dice.Percent(82)) return false;  // still being worked on
  act(DemoDeed::kProcess, "");
  return true;
}

}  // namespace demo_story

DemoStory TellStory(const DemoPeople& people, std::uint64_t seed, std::uint64_t number) {
  demo_story::Dice dice(seed, number);
  DemoStory story;
  const DemoGroup& own = dice.OneOf(people.helpers);
  story.group = own.id;
  story.creator = dice.OneOf(own.actors);
  story.area = dice.OneOf(own.areas);

  std::vector<const DemoGroup*> serving;
  for (const DemoGroup& group : people.instructors) {
    if (std::ranges::find(group.areas, story.area) != group.areas.end()) serving.push_back(&group);
  }
  // A demonstration set in which nobody serves an area would be a mistake of its own; any group will do then.
  const DemoGroup& first = serving.empty() ? people.instructors.front() : *dice.OneOf(serving);
  const DemoGroup* second = nullptr;
  if (serving.size() > 1 && dice.Percent(22)) {
    second = dice.OneOf(serving);
    if (second == &first) second = nullptr;
  }
  story.recipients.push_back(first.id);
  if (second != nullptr) story.recipients.push_back(second->id);

  const auto subjects = people.subjects.find(first.organisation);
  story.subject = subjects == people.subjects.end() || subjects->second.empty()
                      ? std::string("Dossier bloqué")
                      : dice.OneOf(subjects->second);
  story.description = fmt::format("{} {} {}", dice.OneOf(demo_story::kOpenings),
                                  dice.OneOf(demo_story::kMiddles), dice.OneOf(demo_story::kRequests));
  story.by_phone = dice.Percent(15);
  const Identifiers entitled = second == nullptr ? first.entitled : first.entitled | second->entitled;
  story.citizen = demo_story::InventCitizen(dice, story.area, entitled, story.by_phone);

  const bool solved = demo_story::TellWork(dice, story, first, second);
  if (solved && dice.Percent(75)) story.acts.push_back({DemoDeed::kClose, story.creator, story.group});
  return story;
}

std::string InventNir(bool woman, int birth_year, int birth_month, const std::string& area, int order) {
  // Overseas codes have three characters and leave two for the commune.
  const std::string place = area.size() == 3 ? area + "01" : area + "001";
  const std::string body =
      fmt::format("{}{:02}{:02}{}{:03}", woman ? 2 : 1, birth_year % 100, birth_month, place, order);
  // The key is that of a number: Corsica's letters stand for 19 and 18.
  std::string digits = body;
  if (area == "2A") digits.replace(5, 2, "19");
  if (area == "2B") digits.replace(5, 2, "18");
  return fmt::format("{}{:02}", body, 97 - std::stoll(digits) % 97);
}

}  // namespace aplus::requests
