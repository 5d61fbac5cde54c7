#include "services/requests/print/mandate_form.h"

#include <fmt/format.h>
#include <hpdf.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace aplus::requests {
namespace mandate_form {

constexpr const char* kFont = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
constexpr const char* kBoldFont = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf";

// Points, from the bottom left corner of an A4 page.
constexpr float kWidth = 595.276f, kHeight = 841.89f, kMargin = 62;
constexpr float kTextSize = 10.5f, kLeading = 15;

struct Freed {
  void operator()(HPDF_Doc document) const { HPDF_Free(document); }
};
using Document = std::unique_ptr<std::remove_pointer_t<HPDF_Doc>, Freed>;

// Writes from the top of the page downwards. libharu remembers the first error of a document, which is asked
// for once at the end.
class Sheet {
 public:
  Sheet(HPDF_Doc document, HPDF_Font font, HPDF_Font bold)
      : page_(HPDF_AddPage(document)), font_(font), bold_(bold) {
    HPDF_Page_SetSize(page_, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT);
  }

  void Title(const std::string& text) {
    y_ -= 18;
    Put(bold_, 17, kMargin, text);
    y_ -= 24;
  }

  void Heading(const std::string& text) {
    y_ -= 8;
    Put(bold_, kTextSize + 1, kMargin, text);
    y_ -= kLeading + 3;
  }

  // Broken between words at the margin; `indent` shifts every line.
  void Paragraph(std::string_view text, float indent = 0) {
    std::string line;
    while (!text.empty()) {
      const std::size_t end = text.find(' ');
      const std::string word(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      const std::string longer = line.empty() ? word : fmt::format("{} {}", line, word);
      if (!line.empty() && WidthOf(font_, kTextSize, longer) > kWidth - 2 * kMargin - indent) {
        Line(line, indent);
        line = word;
      } else {
        line = longer;
      }
    }
    if (!line.empty()) Line(line, indent);
    y_ -= 4;
  }

  void Point(std::string_view text) {
    Put(font_, kTextSize, kMargin + 6, "•");
    Paragraph(text, 20);
  }

  // A label, and what is known or a line to write on.
  void Entry(const std::string& label, const std::string& value) {
    Put(font_, kTextSize, kMargin, label);
    const float begin = kMargin + WidthOf(font_, kTextSize, label) + 6;
    if (value.empty()) {
      Rule(begin, kWidth - kMargin);
    } else {
      Put(bold_, kTextSize, begin, value);
    }
    y_ -= kLeading + 6;
  }

  void Signatures() {
    const float middle = kWidth / 2 + 10;
    y_ -= 8;
    Put(font_, kTextSize, kMargin, "Fait à");
    Rule(kMargin + 40, middle - 30);
    Put(font_, kTextSize, middle, "le");
    Rule(middle + 18, kWidth - kMargin);
    y_ -= 34;
    Put(font_, kTextSize, kMargin, "Signature de l’usager");
    Put(font_, kTextSize, middle, "Nom et signature de l’aidant");
    y_ -= 76;
  }

 private:
  static float WidthOf(HPDF_Font font, float size, const std::string& text) {
    const auto* bytes = reinterpret_cast<const HPDF_BYTE*>(text.data());
    const HPDF_TextWidth width = HPDF_Font_TextWidth(font, bytes, static_cast<HPDF_UINT>(text.size()));
    return static_cast<float>(width.width) * size / 1000;
  }

  void Put(HPDF_Font font, float size, float x, const std::string& text) {
    HPDF_Page_BeginText(page_);
    HPDF_Page_SetFontAndSize(page_, font, size);
    HPDF_Page_TextOut(page_, x, y_, text.c_str());
    HPDF_Page_EndText(page_);
  }

  void Line(const std::string& text, float indent) {
    Put(font_, kTextSize, kMargin + indent, text);
    y_ -= kLeading;
  }

  void Rule(float from, float to) {
    HPDF_Page_SetLineWidth(page_, 0.5f);
    HPDF_Page_MoveTo(page_, from, y_ - 2);
    HPDF_Page_LineTo(page_, to, y_ - 2);
    HPDF_Page_Stroke(page_);
  }

  HPDF_Page page_;
  HPDF_Font font_, bold_;
  float y_ = kHeight - kMargin;
};

constexpr std::array<std::string_view, 5> kInformed{{
    "Ces informations servent uniquement à débloquer ma situation. Seuls l’aidant, les collègues qu’il "
    "invite et les "
    "agents des administrations sollicitées y ont accès.",
    "Mon numéro de sécurité sociale, mon numéro fiscal et mon numéro d’allocataire ne sont communiqués "
    "qu’aux "
    "organismes habilités à les connaître.",
    "Les fichiers joints sont effacés au plus tard 15 jours après leur dépôt ; toutes les autres "
    "informations, au plus "
    "tard 90 jours après la clôture de la demande.",
    "Je peux retirer cette autorisation à tout moment auprès de l’aidant : la demande est alors close et son "
    "contenu "
    "est aussitôt effacé.",
    "Je dispose d’un droit d’accès, de rectification et d’effacement, que j’exerce auprès de l’aidant.",
}};

void Write(Sheet& sheet, const MandateForm& form) {
  sheet.Title("Autorisation de l’usager");
  sheet.Paragraph(
      "Mandat par lequel un usager autorise un aidant à exposer sa situation, en son nom et par voie "
      "électronique, aux "
      "administrations qui peuvent débloquer son dossier.");
  sheet.Heading("L’usager");
  sheet.Entry("Nom :", form.last_name);
  if (!form.birth_name.empty()) sheet.Entry("Nom de naissance :", form.birth_name);
  sheet.Entry("Prénom :", form.first_name);
  sheet.Entry("Date de naissance :", form.birth_date);
  sheet.Heading("L’aidant");
  sheet.Entry("Structure :", form.helper_group);
  sheet.Heading("Ce que j’autorise");
  sheet.Paragraph(
      "J’autorise cet aidant à utiliser mes données personnelles dans le cadre d’une demande auprès des "
      "administrations "
      "compétentes, à leur transmettre les informations et les pièces utiles, et à recevoir leurs réponses.");
  std::string asked;
  for (const std::string& organisation : form.organisations) {
    if (!asked.empty()) asked += ", ";
    asked += organisation;
  }
  sheet.Entry("Administrations :", asked);
  sheet.Paragraph("J’atteste sur l’honneur que les informations que j’ai communiquées sont exactes.");
  sheet.Heading("Ce dont je suis informé");
  for (const std::string_view point : kInformed) sheet.Point(point);
  sheet.Signatures();
  sheet.Paragraph(
      "Cette autorisation est conservée par l’aidant le temps de la procédure. Elle n’est pas jointe à la "
      "demande.");
}

}  // namespace mandate_form

Result<std::string> PrintMandate(const MandateForm& form) {
  // No error function: libharu then answers null handles and keeps the first error.
  const mandate_form::Document document(HPDF_New(nullptr, nullptr));
  if (!document) return Fail(Reason::kInternal, "no memory for a PDF");
  HPDF_Doc pdf = document.get();
  HPDF_UseUTFEncodings(pdf);
  HPDF_SetCompressionMode(pdf, HPDF_COMP_ALL);
  const char* text_font = HPDF_LoadTTFontFromFile(pdf, mandate_form::kFont, HPDF_TRUE);
  const char* bold_font = HPDF_LoadTTFontFromFile(pdf, mandate_form::kBoldFont, HPDF_TRUE);
  if (text_font == nullptr || bold_font == nullptr) {
    return Fail(Reason::kInternal, "the fonts of the mandate are not there: fonts-dejavu-core");
  }
  HPDF_SetInfoAttr(pdf, HPDF_INFO_TITLE, "Mandat");
  mandate_form::Sheet sheet(pdf, HPDF_GetFont(pdf, text_font, "UTF-8"),
                            HPDF_GetFont(pdf, bold_font, "UTF-8"));
  mandate_form::Write(sheet, form);
  HPDF_SaveToStream(pdf);
  if (HPDF_GetError(pdf) != HPDF_OK) return Fail(Reason::kInternal, "the mandate could not be printed");
  std::string bytes(HPDF_GetStreamSize(pdf), '\0');
  auto size = static_cast<HPDF_UINT32>(bytes.size());
  HPDF_ResetStream(pdf);
  HPDF_ReadFromStream(pdf, reinterpret_cast<HPDF_BYTE*>(bytes.data()), &size);
  bytes.resize(size);
  return bytes;
}

}  // namespace aplus::requests
