#include "services/files/domain/contents/flaw.h"

#include <array>
#include <cstddef>

namespace aplus::files {
namespace flaw {

constexpr std::array<FlawRow, static_cast<std::size_t>(Flaw::kCount_)> kRows{{
    {Flaw::kNone, Reason::kInternal, "none", ""},
    {Flaw::kOtherType, Reason::kFileType, "other_type",
     "Le contenu du fichier ne correspond pas à son extension."},
    {Flaw::kDamaged, Reason::kFileType, "damaged",
     "Le fichier est incomplet ou endommagé : enregistrez-le de nouveau avant de l’envoyer."},
    {Flaw::kHiddenData, Reason::kFileUnsafe, "hidden_data",
     "Le fichier contient des données cachées qui n’en font pas partie."},
    {Flaw::kMarkup, Reason::kFileUnsafe, "markup",
     "Le fichier contient du code qu’un navigateur pourrait exécuter."},
    {Flaw::kMacro, Reason::kFileUnsafe, "macro",
     "Le document contient des macros : enregistrez-le sans macros ou en PDF."},
    {Flaw::kProgram, Reason::kFileUnsafe, "program",
     "Le document contient un programme ou un objet incorporé : enregistrez-le en PDF."},
    {Flaw::kArchive, Reason::kFileUnsafe, "archive",
     "Le document contient une archive ou un autre document : enregistrez-le en PDF, ou envoyez-les "
     "séparément."},
    {Flaw::kBomb, Reason::kFileUnsafe, "bomb", "Le document est démesuré une fois ouvert."},
    {Flaw::kPath, Reason::kFileUnsafe, "path", "Le document contient des chemins de fichiers interdits."},
    {Flaw::kEntity, Reason::kFileUnsafe, "entity",
     "Le document fait appel à des éléments extérieurs : enregistrez-le en PDF."},
    {Flaw::kEncrypted, Reason::kFileUnsafe, "encrypted",
     "Le document est protégé par un mot de passe : retirez-le avant l’envoi."},
    {Flaw::kPixels, Reason::kFileUnsafe, "pixels",
     "L’image dépasse 50 mégapixels : réduisez-la avant l’envoi."},
    {Flaw::kInfected, Reason::kFileUnsafe, "infected", "Le fichier contient un logiciel malveillant."},
}};

constexpr bool RowsAreInOrder() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].flaw) != i) return false;
  }
  return true;
}
static_assert(RowsAreInOrder());

}  // namespace flaw

const FlawRow& Describe(Flaw flaw) { return flaw::kRows.at(static_cast<std::size_t>(flaw)); }

}  // namespace aplus::files
