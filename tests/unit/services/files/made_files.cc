#include "tests/unit/services/files/made_files.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "services/files/domain/contents/inspection.h"

namespace aplus::files::made {

std::string Little(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> 8 * i));
  return out;
}

std::string Big(std::uint64_t value, int bytes) {
  std::string out = Little(value, bytes);
  std::ranges::reverse(out);
  return out;
}

namespace {

std::uint32_t Crc(std::string_view data) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
}

// wbits: 15 zlib, -15 raw.
std::string Deflate(std::string_view data, int wbits) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, wbits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, data.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string PngChunk(std::string type, std::string_view data) {
  type += data;
  return Big(data.size(), 4) + type + Big(Crc(type), 4);
}

}  // namespace

std::string Png(std::uint32_t width, std::uint32_t height, std::string_view comment) {
  std::string png = "\x89PNG\r\n\x1a\n";
  png += PngChunk("IHDR", Big(width, 4) + Big(height, 4) + std::string("\x08\x00\x00\x00\x00", 5));
  if (!comment.empty()) png += PngChunk("tEXt", "Comment" + std::string(1, '\0') + std::string(comment));
  const std::string row(1 + std::min<std::uint32_t>(width, 1000), '\0');
  std::string rows;
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(height, 1000); ++i) rows += row;
  return png + PngChunk("IDAT", Deflate(rows, 15)) + PngChunk("IEND", "");
}

std::string Jpeg(std::uint16_t width, std::uint16_t height, std::string_view comment) {
  std::string jpeg = "\xff\xd8\xff\xe0" + Big(16, 2) + std::string("JFIF\0\x01\x01\0\0\x01\0\x01\0\0", 14);
  if (!comment.empty()) jpeg += "\xff\xfe" + Big(comment.size() + 2, 2) + std::string(comment);
  jpeg += "\xff\xdb" + Big(67, 2) + std::string(1, '\0') + std::string(64, '\x08');
  jpeg +=
      "\xff\xc0" + Big(11, 2) + "\x08" + Big(height, 2) + Big(width, 2) + std::string("\x01\x01\x11\0", 4);
  jpeg +=
      "\xff\xc4" + Big(20, 2) + std::string(1, '\0') + std::string(15, '\0') + "\x01" + std::string(1, '\0');
  jpeg += "\xff\xda" + Big(8, 2) + std::string("\x01\x01\0\0\x3f\0", 6);
  return jpeg + std::string("\x3f\xff\x00\x3f\xff\xd0\x3f\xff\xff\x00\x11", 11) + "\xff\xd9";
}

std::string Gif(std::uint16_t width, std::uint16_t height) {
  std::string gif =
      "GIF89a" + Little(width, 2) + Little(height, 2) + std::string("\x80\0\0", 3) + std::string(6, '\x7f');
  gif += std::string("\x21\xf9\x04\0\0\0\0\0", 8);
  gif += "\x2c" + Little(0, 4) + Little(width, 2) + Little(height, 2) + std::string(1, '\0');
  return gif + std::string("\x02\x02\x44\x01\x00", 5) + ";";
}

std::string Webp(std::uint32_t width, std::uint32_t height) {
  const std::string extended =
      std::string("VP8X") + Little(10, 4) + Little(0, 4) + Little(width - 1, 3) + Little(height - 1, 3);
  const std::string lossless =
      "VP8L" + Little(10, 4) + "\x2f" + Little(3 | 3 << 14, 4) + std::string(5, '\0');
  const std::string body = "WEBP" + extended + lossless;
  return "RIFF" + Little(body.size(), 4) + body;
}

std::string Bmp(std::int32_t width, std::int32_t height) {
  const auto rows = static_cast<std::uint32_t>(std::abs(std::int64_t{height}));
  const std::size_t pixels =
      std::min<std::size_t>(std::size_t{rows} * static_cast<std::uint32_t>(width) * 4, 1'000'000);
  std::string bmp = "BM" + Little(54 + pixels, 4) + Little(0, 4) + Little(54, 4) + Little(40, 4);
  bmp += Little(static_cast<std::uint32_t>(width), 4) + Little(static_cast<std::uint32_t>(height), 4) +
         Little(1, 2);
  return bmp + Little(32, 2) + Little(0, 4) + Little(pixels, 4) + std::string(16, '\0') +
         std::string(pixels, '\x40');
}

std::string Tiff(bool big_endian, std::uint32_t width, std::vector<std::uint32_t> heights) {
  const auto number = [&](std::uint64_t value, int bytes) {
    return big_endian ? Big(value, bytes) : Little(value, bytes);
  };
  std::string tiff = (big_endian ? "MM" : "II") + number(42, 2);
  constexpr std::size_t kPixels = 64, kDirectory = 2 + 3 * 12 + 4;
  tiff += number(8 + kPixels, 4) + std::string(kPixels, '\x55');
  for (std::size_t i = 0; i < heights.size(); ++i) {
    const std::size_t next = i + 1 < heights.size() ? tiff.size() + kDirectory : 0;
    tiff += number(3, 2);
    tiff += number(256, 2) + number(4, 2) + number(1, 4) + number(width, 4);
    tiff += number(257, 2) + number(4, 2) + number(1, 4) + number(heights[i], 4);
    tiff += number(259, 2) + number(3, 2) + number(1, 4) + number(1, 2) + number(0, 2);
    tiff += number(next, 4);
  }
  return tiff;
}

std::string Pdf(std::string_view body) {
  return "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + std::string(body) +
         "\nxref\n0 1\ntrailer\n<< /Size 1 >>\nstartxref\n9\n%%EOF\n";
}

std::string Zip(const std::vector<Part>& parts, std::string_view comment) {
  std::string zip, directory;
  for (const Part& part : parts) {
    const std::string data = part.deflated ? Deflate(part.contents, -15) : part.contents;
    const std::uint64_t size =
        part.claimed_size < 0 ? part.contents.size() : static_cast<std::uint64_t>(part.claimed_size);
    const std::string& local = part.local_name.empty() ? part.name : part.local_name;
    const std::string common = Little(part.flags, 2) + Little(part.deflated ? 8 : 0, 2) + Little(0, 4) +
                               Little(Crc(part.contents), 4) + Little(data.size(), 4) + Little(size, 4);
    const std::size_t offset = zip.size();
    zip += std::string("PK\x03\x04") + Little(20, 2) + common + Little(local.size(), 2) + Little(0, 2) +
           local + data;
    directory += std::string("PK\x01\x02") + Little(0x0314, 2) + Little(20, 2) + common +
                 Little(part.name.size(), 2) + Little(0, 2) + Little(0, 2) + Little(0, 2) + Little(0, 2) +
                 Little(part.external, 4) + Little(offset, 4) + part.name;
  }
  const std::string end = std::string("PK\x05\x06") + Little(0, 4) + Little(parts.size(), 2) +
                          Little(parts.size(), 2) + Little(directory.size(), 4) + Little(zip.size(), 4) +
                          Little(comment.size(), 2);
  return zip + directory + end + std::string(comment);
}

std::vector<Part> DocxParts() {
  return {{"[Content_Types].xml",
           "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><Types><Override "
           "PartName=\"/word/document.xml\" "
           "ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/"
           "></Types>"},
          {"_rels/.rels", "<Relationships/>"},
          {"word/", "", false},
          {"word/document.xml",
           "<?xml version='1.0' encoding='UTF-8'?><w:document><w:p>Bonjour</w:p></w:document>"},
          {"word/media/image1.png", Png(), false}};
}

std::vector<Part> XlsxParts() {
  return {{"[Content_Types].xml",
           "<?xml version=\"1.0\"?><Types><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/"
           "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>"},
          {"xl/workbook.xml", "<workbook/>"}};
}

std::vector<Part> OdtParts(std::string_view media_type) {
  return {{"mimetype", std::string(media_type), false},
          {"content.xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content/>"},
          {"META-INF/manifest.xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><manifest:manifest/>"}};
}

std::string Docx(std::vector<Part> more) {
  std::vector<Part> parts = DocxParts();
  parts.insert(parts.end(), more.begin(), more.end());
  return Zip(parts);
}

std::string Compound(const std::vector<std::string>& names) {
  std::string header = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + std::string(16, '\0') + Little(0x3e, 2) +
                       Little(3, 2) + Little(0xfffe, 2) + Little(9, 2) + Little(6, 2);
  header.resize(512, '\0');
  std::string directory;
  for (const std::string& name : names) {
    std::string entry;
    for (const char c : name) entry += std::string(1, c) + std::string(1, '\0');
    const std::size_t length = entry.size() + 2;
    entry.resize(64, '\0');
    entry += Little(length, 2) + (directory.empty() ? "\x05" : "\x02") + "\x01";
    entry.resize(128, '\0');
    directory += entry;
  }
  directory.resize((directory.size() + 511) / 512 * 512, '\0');
  return header + std::string(512, '\xff') + directory + std::string(4096, '\x33');
}

Flaw Inspect(FileType type, std::string_view contents, std::size_t piece_size) {
  ContentInspection inspection(type);
  const auto feed = [&](std::string_view part, Flaw (ContentInspection::*take)(BytesView)) {
    while (!part.empty()) {
      const std::size_t length = piece_size == 0 ? part.size() : std::min(piece_size, part.size());
      // A copy of its own, so that a sanitizer sees every byte read beyond it.
      const Bytes piece(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(length));
      part.remove_prefix(length);
      if (const Flaw flaw = (inspection.*take)(piece); flaw != Flaw::kNone) return flaw;
    }
    return Flaw::kNone;
  };
  Flaw flaw = feed(contents, &ContentInspection::Feed);
  if (flaw == Flaw::kNone) flaw = inspection.End();
  while (flaw == Flaw::kNone) {
    const auto extent = inspection.Wants();
    if (!extent) break;
    if (extent->length == 0 || extent->offset + extent->length > contents.size()) return Flaw::kCount_;
    flaw = feed(contents.substr(extent->offset, extent->length), &ContentInspection::FeedWanted);
  }
  return flaw;
}

}  // namespace aplus::files::made
