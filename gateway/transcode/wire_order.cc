#include "gateway/transcode/wire_order.h"

#include <simdjson.h>

#include <algorithm>
#include <vector>

namespace aplus::transcode {
namespace wire_order {

struct Piece {
  const FieldPlan* field;                 // nullptr once a later piece has replaced it
  std::string_view whole;                 // tag included
  std::string_view payload;               // of length-delimited fields
  const MessagePlan* replaced = nullptr;  // then, of a message: its type, to be checked all the same
};

// Whole fields from the first byte to the last. Two pieces that are none may be one when joined.
bool IsWhole(std::string_view wire) {
  WireReader reader(wire);
  std::uint32_t tag;
  while (!reader.AtEnd()) {
    if (!reader.ReadTag(tag) || !reader.Skip(tag)) return false;
  }
  return true;
}

bool Split(const MessagePlan& plan, std::string_view wire, std::vector<Piece>& pieces) {
  WireReader reader(wire);
  while (!reader.AtEnd()) {
    const char* start = reader.position();
    std::uint32_t tag;
    if (!reader.ReadTag(tag)) return false;
    std::string_view payload;
    const bool length = static_cast<WireType>(tag & 7) == WireType::kLength;
    if (!(length ? reader.ReadBytes(payload) : reader.Skip(tag))) return false;
    const FieldPlan* field = plan.FindNumber(tag >> 3);
    if (field == nullptr) continue;
    if (!field->AcceptsWireType(static_cast<WireType>(tag & 7))) return false;
    // Also of pieces that a later one replaces: a message is sound as a whole or not at all.
    if (field->kind == Kind::kString && !simdjson::validate_utf8(payload.data(), payload.size()))
      return false;
    pieces.push_back({field, {start, static_cast<std::size_t>(reader.position() - start)}, payload, nullptr});
  }
  return true;
}

void Drop(Piece& piece) {
  piece.replaced = piece.field->message;
  piece.field = nullptr;
}

// Takes the field away from pieces that a later one replaces: the last of a singular scalar counts, and of a
// oneof the last member. Pieces of one singular message stay, to be joined (protobuf merges them).
void DropReplaced(const MessagePlan& plan, std::vector<Piece>& pieces) {
  std::vector<Piece*> last(plan.fields.size(), nullptr);
  std::vector<std::vector<Piece*>> chosen(kMaxOneofs);
  for (Piece& piece : pieces) {
    const FieldPlan& field = *piece.field;
    const auto index = static_cast<std::size_t>(&field - plan.fields.data());
    const bool joins = field.kind == Kind::kMessage;
    if (field.oneof >= 0) {
      auto& choice = chosen[static_cast<std::size_t>(field.oneof)];
      if (!choice.empty() && (choice.front()->field != &field || !joins)) {
        for (Piece* member : choice) Drop(*member);
        choice.clear();
      }
      choice.push_back(&piece);
    } else if (last[index] != nullptr && field.shape == Shape::kSingular && !joins) {
      Drop(*last[index]);
    }
    last[index] = &piece;
  }
}

}  // namespace wire_order

bool PutInOrder(const MessagePlan& plan, std::string_view wire, int depth, std::string& out) {
  using namespace wire_order;
  if (depth <= 0) return false;
  std::vector<Piece> pieces;
  if (!Split(plan, wire, pieces)) return false;
  DropReplaced(plan, pieces);
  std::string dropped;
  for (const Piece& piece : pieces) {
    if (piece.field != nullptr || piece.replaced == nullptr) continue;
    if (!PutInOrder(*piece.replaced, piece.payload, depth - 1, dropped)) return false;
    dropped.clear();
  }
  std::erase_if(pieces, [](const Piece& piece) { return piece.field == nullptr; });
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
    if (a.field->number != b.field->number) return a.field->number < b.field->number;
    return a.whole.data() < b.whole.data();  // as they came
  });
  WireWriter writer(out);
  for (std::size_t i = 0; i < pieces.size();) {
    const FieldPlan& field = *pieces[i].field;
    if (field.kind != Kind::kMessage) {
      out.append(pieces[i++].whole);
      continue;
    }
    std::string joined;
    do {
      if (!IsWhole(pieces[i].payload)) return false;
      joined.append(pieces[i++].payload);
    } while (field.shape == Shape::kSingular && i < pieces.size() && pieces[i].field == &field);
    const std::size_t start = writer.Begin(field.number);
    if (!PutInOrder(*field.message, joined, depth - 1, out)) return false;
    writer.End(start);
  }
  return true;
}

}  // namespace aplus::transcode
