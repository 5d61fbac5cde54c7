// Where a person lands after login (P15): the page first asked for, if it is one of this site's pages.
#pragma once

#include <string>
#include <string_view>

namespace aplus::auth {

// `path` when it is safe to follow, else "/". Followed are absolute paths of this site, query and fragment
// included, of printable ASCII; never another host (however a browser may be talked into reading one: "//",
// "/\",
// "/%2F…"), never the API, whose answers are no pages, never the login page itself.
std::string SafeReturnPath(std::string_view path);

}  // namespace aplus::auth
