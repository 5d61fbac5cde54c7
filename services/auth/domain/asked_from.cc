#include "services/auth/domain/asked_from.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace aplus::auth {
namespace asked_from {

struct Mark {
  std::string_view token;
  std::string_view name;
};

// The first that occurs wins: the browsers derived from Chromium name it too, and everybody names Safari.
constexpr std::array<Mark, 8> kBrowsers{{{"Firefox/", "Firefox"},
                                         {"FxiOS/", "Firefox"},
                                         {"Edg", "Edge"},
                                         {"OPR/", "Opera"},
                                         {"SamsungBrowser/", "Samsung Internet"},
                                         {"Chrome/", "Chrome"},
                                         {"CriOS/", "Chrome"},
                                         {"Safari/", "Safari"}}};
constexpr std::array<Mark, 7> kSystems{{{"Windows", "Windows"},
                                        {"Android", "Android"},
                                        {"iPhone", "iPhone"},
                                        {"iPad", "iPad"},
                                        {"CrOS", "ChromeOS"},
                                        {"Mac OS X", "macOS"},
                                        {"Linux", "Linux"}}};

template <std::size_t N>
std::string_view FirstOf(const std::array<Mark, N>& marks, std::string_view text) {
  for (const Mark& mark : marks) {
    if (text.find(mark.token) != std::string_view::npos) return mark.name;
  }
  return {};
}

}  // namespace asked_from

std::string BrowserName(std::string_view user_agent) {
  const std::string_view browser = asked_from::FirstOf(asked_from::kBrowsers, user_agent);
  const std::string_view system = asked_from::FirstOf(asked_from::kSystems, user_agent);
  if (browser.empty() && system.empty()) return "un navigateur inconnu";
  if (browser.empty()) return fmt::format("un navigateur sur {}", system);
  if (system.empty()) return std::string(browser);
  return fmt::format("{} sur {}", browser, system);
}

std::string NetworkName(std::string_view address) {
  const std::string text(address);
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    return fmt::format("{}.{}.{}.x", bytes[0], bytes[1], bytes[2]);
  }
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return {};
  const auto group = [&](std::size_t i) { return bytes[2 * i] << 8 | bytes[2 * i + 1]; };
  return fmt::format("{:x}:{:x}:{:x}::/48", group(0), group(1), group(2));
}

std::string AskedFrom(std::string_view user_agent, std::string_view address) {
  const std::string network = NetworkName(address);
  if (network.empty()) return BrowserName(user_agent);
  return fmt::format("{}, réseau {}", BrowserName(user_agent), network);
}

}  // namespace aplus::auth
