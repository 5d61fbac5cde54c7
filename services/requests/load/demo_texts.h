// What invented requests say. Names and situations are made up; every text says so by its tone, none by its
// length: benchmarks need words like real ones.
#pragma once

#include <array>
#include <string_view>

namespace aplus::requests::demo {

inline constexpr std::array<std::string_view, 24> kFirstNames{
    "Élodie", "Karim",   "Jeanne", "Moussa", "Chloé",   "Nabil",  "Françoise", "Yanis",
    "Agnès",  "Thierry", "Inès",   "Loïc",   "Fatou",   "Benoît", "Zoé",       "Gérard",
    "Maëlle", "Hamid",   "Odile",  "Kévin",  "Solange", "Rachid", "Bérénice",  "Émile"};

inline constexpr std::array<std::string_view, 24> kLastNames{
    "Lefèvre",  "Benali",   "Moreau",  "Diallo",  "Petit",    "Haddad",  "Garnier", "Traoré",
    "Fournier", "Da Silva", "Mercier", "N’Diaye", "Blanchet", "Roussel", "Guérin",  "Lambert",
    "Cœur",     "Lopez",    "Perrin",  "Boucher", "Meunier",  "Aubry",   "Hoarau",  "Schmitt"};

inline constexpr std::array<std::string_view, 12> kSubjects{
    "Allocation logement suspendue sans courrier",
    "Carte Vitale bloquée depuis le déménagement",
    "Remboursement de soins jamais reçu",
    "Revenu de solidarité active interrompu",
    "Avis d’imposition envoyé à une ancienne adresse",
    "Inscription comme demandeur d’emploi refusée",
    "Pension de réversion sans réponse",
    "Titre de séjour : rendez-vous introuvable",
    "Prime d’activité réclamée à tort",
    "Indemnités journalières non versées",
    "Changement de situation familiale non pris en compte",
    "Attestation de droits impossible à télécharger"};

inline constexpr std::array<std::string_view, 8> kDescriptions{
    "Le versement a cessé au printemps sans explication. Trois courriers sont restés sans réponse et le "
    "compte en "
    "ligne affiche « dossier en cours » depuis dix semaines.",
    "L’usagère a déménagé en janvier. L’ancien organisme dit avoir transmis le dossier, le nouveau dit ne "
    "rien avoir "
    "reçu. Les soins du mois dernier ne sont pas remboursés.",
    "Une pièce demandée a été déposée deux fois au guichet, récépissé à l’appui. Elle apparaît toujours "
    "comme "
    "manquante et les droits sont suspendus.",
    "Le montant réclamé correspond à une période pendant laquelle l’usager était déjà sorti du dispositif. "
    "Il a "
    "contesté par lettre recommandée, sans suite.",
    "Deux administrations se renvoient la responsabilité d’une erreur de date de naissance. Aucune démarche "
    "en ligne "
    "n’est possible tant qu’elle n’est pas corrigée.",
    "Le rendez-vous proposé est à quatre mois et le titre expire avant. Sans attestation, l’employeur ne "
    "peut pas "
    "renouveler le contrat.",
    "L’usager ne parvient pas à joindre la plateforme téléphonique. Il n’a pas d’adresse électronique et se "
    "déplace "
    "difficilement.",
    "Le changement de situation a été déclaré le jour même. Trois mois plus tard, les droits sont encore "
    "calculés sur "
    "l’ancienne composition du foyer."};

inline constexpr std::array<std::string_view, 8> kAnswers{
    "Bonjour, je regarde le dossier et je reviens vers vous rapidement.",
    "Bonjour, il manque un relevé d’identité bancaire récent. Pouvez-vous le joindre ?",
    "Le dossier était rattaché à deux numéros. Ils ont été fusionnés ce matin, le paiement repartira "
    "vendredi.",
    "Je transmets au service compétent et je vous tiens informé.",
    "La régularisation est faite, un courrier part aujourd’hui.",
    "Les droits sont rouverts à compter du mois de la suspension.",
    "La date de naissance est corrigée dans notre fichier. L’usager peut refaire sa démarche en ligne.",
    "Le trop-perçu est annulé, une notification suivra."};

inline constexpr std::array<std::string_view, 6> kHelperMessages{
    "Merci, je joins la pièce demandée.",
    "L’usager me confirme n’avoir toujours rien reçu. Avez-vous une date ?",
    "Merci beaucoup pour votre aide.",
    "La situation devient urgente, l’usager ne peut plus payer son loyer.",
    "Voici le nouveau numéro de téléphone de l’usager.",
    "Je vous confirme l’adresse indiquée dans le dossier."};

inline constexpr std::array<std::string_view, 3> kPrivateMessages{
    "Entre nous : le dossier est bloqué chez vous depuis la mutation.",
    "Pouvez-vous vérifier de votre côté la date d’ouverture des droits ?",
    "Je m’occupe de la partie logement, je vous laisse la partie santé."};

}  // namespace aplus::requests::demo
