#include "tests/unit/gateway/http/head_shapes.h"

#include <fmt/format.h>

#include <cctype>

#include "gateway/http/head_scanner.h"

namespace aplus::gateway::test {
namespace head_shapes {

std::string Post(std::string_view fields) {
  return fmt::format("POST /v1/x HTTP/1.1\r\nHost: aplus.test\r\n{}\r\n", fields);
}

}  // namespace head_shapes

std::vector<std::string> ShapeHosts() { return {"aplus.test", "127.0.0.1:8080"}; }

std::string Get(std::string_view target, std::string_view fields) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: aplus.test\r\n{}\r\n", target, fields);
}

std::vector<Shape> NamedShapes() {
  using head_shapes::Post;
  const std::string h = "Host: aplus.test\r\n";
  std::vector<Shape> shapes = {
      {"plain get", Get("/"), 0},
      {"query", Get("/v1/requests?side=SIDE_HELPER&q=l%27%C3%A9t%C3%A9"), 0},
      {"verb", Get("/v1/a/b:close"), 0},
      {"empty field value", Get("/", "Accept:\r\n"), 0},
      {"tab and spaces around a value", Get("/", "Accept: \t x \t \r\n"), 0},
      {"latin-1 in a value", Get("/", "User-Agent: caf\xe9\r\n"), 0},
      {"other host of ours", "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n", 0},
      {"host in capitals", "GET / HTTP/1.1\r\nHOST: APLUS.TEST\r\n\r\n", 0},
      {"post with length", Post("Content-Length: 2\r\n"), 0},
      {"post without body", Post("Content-Length: 0\r\n"), 0},
      {"delete without length", "DELETE /v1/x HTTP/1.1\r\n" + h + "\r\n", 0},
      {"ten digits of length", Post("Content-Length: 0000000002\r\n"), 0},
      {"upgrade ignored", Get("/", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"), 0},
      {"te ignored", Get("/", "TE: trailers\r\n"), 0},
      {"odd expect ignored", Post("Content-Length: 2\r\nExpect: 200-maybe\r\n"), 0},
      {"forwarded ignored", Get("/", "X-Forwarded-Host: evil\r\nForwarded: for=1.2.3.4\r\n"), 0},
      {"two accept fields", Get("/", "Accept: a\r\nAccept: b\r\n"), 0},

      // Request line.
      {"nothing", "\r\n\r\n", 400},
      {"empty line first", "\r\n" + Get("/"), 400},
      {"one word", "GET\r\n\r\n", 400},
      {"no version", "GET /\r\n" + h + "\r\n", 400},
      {"two spaces", "GET  / HTTP/1.1\r\n" + h + "\r\n", 400},
      {"space at the end", "GET / HTTP/1.1 \r\n" + h + "\r\n", 400},
      {"space before", " GET / HTTP/1.1\r\n" + h + "\r\n", 400},
      {"tab as separator", "GET\t/ HTTP/1.1\r\n" + h + "\r\n", 400},
      {"four words", "GET / x HTTP/1.1\r\n" + h + "\r\n", 400},
      {"http/1.0", "GET / HTTP/1.0\r\n" + h + "\r\n", 505},
      {"http/0.9", "GET / HTTP/0.9\r\n" + h + "\r\n", 505},
      {"http/1.2", "GET / HTTP/1.2\r\n" + h + "\r\n", 505},
      {"http/2.0", "GET / HTTP/2.0\r\n" + h + "\r\n", 505},
      {"http/3.1", "GET / HTTP/3.1\r\n" + h + "\r\n", 505},
      {"http/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"http/1.10", "GET / HTTP/1.10\r\n" + h + "\r\n", 400},
      {"http/11", "GET / HTTP/11\r\n" + h + "\r\n", 400},
      {"http/1", "GET / HTTP/1\r\n" + h + "\r\n", 400},
      {"http/1.", "GET / HTTP/1.\r\n" + h + "\r\n", 400},
      {"http/.1", "GET / HTTP/.1\r\n" + h + "\r\n", 400},
      {"lower http", "GET / http/1.1\r\n" + h + "\r\n", 400},
      {"http with space", "GET / HTTP /1.1\r\n" + h + "\r\n", 400},
      {"icy", "GET / ICY/1.1\r\n" + h + "\r\n", 400},
      {"lower method", "get / HTTP/1.1\r\n" + h + "\r\n", 405},
      {"options", "OPTIONS / HTTP/1.1\r\n" + h + "\r\n", 405},
      {"options star", "OPTIONS * HTTP/1.1\r\n" + h + "\r\n", 405},
      {"trace", "TRACE / HTTP/1.1\r\n" + h + "\r\n", 405},
      {"connect", "CONNECT aplus.test:443 HTTP/1.1\r\n" + h + "\r\n", 405},
      {"made up method", "BREW / HTTP/1.1\r\n" + h + "\r\n", 405},
      {"method of one letter", "G / HTTP/1.1\r\n" + h + "\r\n", 405},
      {"no method", " / HTTP/1.1\r\n" + h + "\r\n", 400},
      {"quoted method", "\"GET\" / HTTP/1.1\r\n" + h + "\r\n", 400},

      // Target.
      {"absolute form", Get("http://aplus.test/"), 400},
      {"absolute form of another", Get("http://evil.test/"), 400},
      {"authority form", Get("aplus.test:80"), 400},
      {"star", Get("*"), 400},
      {"relative", Get("index.html"), 400},
      {"fragment", Get("/#x"), 400},
      {"fragment in query", Get("/?a=1#x"), 400},
      {"backslash", Get("/a\\b"), 400},
      {"escaped backslash", Get("/a%5Cb"), 400},
      {"escaped slash", Get("/a%2Fb"), 400},
      {"escaped slash lower", Get("/a%2fb"), 400},
      {"escaped nul", Get("/a%00b"), 400},
      {"escaped nul in query", Get("/a?b=%00"), 400},
      {"escaped line end", Get("/a%0d%0ab"), 400},
      {"escaped line end in query", Get("/a?b=%0d%0a"), 0},
      {"escaped slash in query", Get("/a?b=%2F"), 0},
      {"half escape", Get("/a%2"), 400},
      {"half escape at the end", Get("/a%"), 400},
      {"escape of no hex", Get("/a%zz"), 400},
      {"half escape in query", Get("/a?b=%4"), 400},
      {"double encoded slash stays data", Get("/a%252Fb"), 0},
      {"dot segment", Get("/a/./b"), 400},
      {"dots", Get("/a/../b"), 400},
      {"dots at the end", Get("/a/.."), 400},
      {"dots first", Get("/../etc/passwd"), 400},
      {"escaped dots", Get("/a/%2e%2e/b"), 400},
      {"half escaped dots", Get("/a/.%2E/b"), 400},
      {"dots in a name", Get("/a..b/c"), 0},
      {"three dots", Get("/.../b"), 0},
      {"dots in query", Get("/a?b=../c"), 0},
      {"long target", Get("/" + std::string(2047, 'a')), 0},
      {"target too long", Get("/" + std::string(2048, 'a')), 414},
      {"target far too long", Get("/" + std::string(9000, 'a')), 414},
      {"endless target", "GET /" + std::string(20000, 'a'), 414},
      {"quote", Get("/\"x\""), 400},
      {"angle", Get("/<x>"), 400},
      {"brace", Get("/{x}"), 400},
      {"pipe", Get("/a|b"), 400},
      {"caret", Get("/a^b"), 400},
      {"backtick", Get("/a`b"), 400},
      {"brackets", Get("/a[0]"), 400},
      {"utf-8 in target", Get("/é"), 400},

      // Lines.
      {"bare lf", "GET / HTTP/1.1\nHost: aplus.test\n\n", 400},
      {"bare lf after request line", "GET / HTTP/1.1\nHost: aplus.test\r\n\r\n", 400},
      {"bare lf after field", "GET / HTTP/1.1\r\nHost: aplus.test\n\r\n", 400},
      {"bare lf at the end", "GET / HTTP/1.1\r\nHost: aplus.test\r\n\n", 400},
      {"cr cr lf", "GET / HTTP/1.1\r\r\nHost: aplus.test\r\n\r\n", 400},
      {"bare cr in a value", Get("/", "X: a\rb\r\n"), 400},
      {"bare cr splits", Get("/", "X: a\rContent-Length: 5\r\n"), 400},
      {"obs-fold space", Get("/", "X: a\r\n b\r\n"), 400},
      {"obs-fold tab", Get("/", "X: a\r\n\tb\r\n"), 400},
      {"fold before the first field", "GET / HTTP/1.1\r\n Host: aplus.test\r\n\r\n", 400},
      {"fold of nothing", Get("/", "X: a\r\n \r\n"), 400},

      // Fields.
      {"no colon", Get("/", "Accept\r\n"), 400},
      {"empty name", Get("/", ": x\r\n"), 400},
      {"space before colon", Get("/", "Accept : x\r\n"), 400},
      {"tab before colon", Get("/", "Accept\t: x\r\n"), 400},
      {"underscore", Get("/", "X_Forwarded_For: 1.2.3.4\r\n"), 400},
      {"underscore content-length", Post("Content_Length: 3\r\nContent-Length: 2\r\n"), 400},
      {"space in name", Get("/", "X Y: x\r\n"), 400},
      {"name in quotes", Get("/", "\"X\": x\r\n"), 400},
      {"name with utf-8", Get("/", "Xé: x\r\n"), 400},
      {"name with parenthesis", Get("/", "X(: x\r\n"), 400},

      // Host.
      {"no host", "GET / HTTP/1.1\r\nAccept: x\r\n\r\n", 400},
      {"two hosts", Get("/", "Host: aplus.test\r\n"), 400},
      {"two hosts of other case", Get("/", "hOsT: aplus.test\r\n"), 400},
      {"empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"other host", "GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n", 400},
      {"host with port", "GET / HTTP/1.1\r\nHost: aplus.test:81\r\n\r\n", 400},
      {"host with path", "GET / HTTP/1.1\r\nHost: aplus.test/x\r\n\r\n", 400},
      {"host with user", "GET / HTTP/1.1\r\nHost: a@aplus.test\r\n\r\n", 400},
      {"host with dot", "GET / HTTP/1.1\r\nHost: aplus.test.\r\n\r\n", 400},
      {"two in one host", "GET / HTTP/1.1\r\nHost: aplus.test, evil.test\r\n\r\n", 400},

      // Framing.
      {"chunked", Post("Transfer-Encoding: chunked\r\n"), 411},
      {"chunked in capitals", Post("TRANSFER-ENCODING: CHUNKED\r\n"), 411},
      {"te and length", Post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"), 411},
      {"length and te", Post("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n"), 411},
      {"te gzip", Post("Transfer-Encoding: gzip\r\n"), 411},
      {"te gzip, chunked", Post("Transfer-Encoding: gzip, chunked\r\n"), 411},
      {"te identity", Post("Transfer-Encoding: identity\r\n"), 411},
      {"te empty", Post("Transfer-Encoding:\r\n"), 411},
      {"te x", Post("Transfer-Encoding: xchunked\r\n"), 411},
      {"te with tab", Post("Transfer-Encoding:\tchunked\r\n"), 411},
      {"te with vertical tab",
       Post("Transfer-Encoding: \x0b"
            "chunked\r\n"),
       400},
      {"te with space before colon", Post("Transfer-Encoding : chunked\r\n"), 400},
      {"te twice", Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 411},
      {"te on get", Get("/", "Transfer-Encoding: chunked\r\n"), 411},
      {"no length on post", Post(""), 411},
      {"no length on put", "PUT /v1/x HTTP/1.1\r\n" + h + "\r\n", 411},
      {"no length on patch", "PATCH /v1/x HTTP/1.1\r\n" + h + "\r\n", 411},
      {"length twice", Post("Content-Length: 2\r\nContent-Length: 2\r\n"), 400},
      {"lengths differ", Post("Content-Length: 2\r\nContent-Length: 3\r\n"), 400},
      {"length list", Post("Content-Length: 2, 2\r\n"), 400},
      {"length plus", Post("Content-Length: +2\r\n"), 400},
      {"length minus", Post("Content-Length: -2\r\n"), 400},
      {"length hex", Post("Content-Length: 0x2\r\n"), 400},
      {"length with letter", Post("Content-Length: 2a\r\n"), 400},
      {"length with dot", Post("Content-Length: 2.0\r\n"), 400},
      {"length with exponent", Post("Content-Length: 2e1\r\n"), 400},
      {"length with space inside", Post("Content-Length: 2 2\r\n"), 400},
      {"length empty", Post("Content-Length:\r\n"), 400},
      {"length eleven digits", Post("Content-Length: 00000000002\r\n"), 400},
      {"length overflow", Post("Content-Length: 18446744073709551618\r\n"), 400},
      {"length quoted", Post("Content-Length: \"2\"\r\n"), 400},
      {"length in arabic digits", Post("Content-Length: ٢\r\n"), 400},
      {"body on get", Get("/", "Content-Length: 5\r\n"), 400},
      {"body on head", "HEAD / HTTP/1.1\r\n" + h + "Content-Length: 5\r\n\r\n", 400},
      {"zero length on get", Get("/", "Content-Length: 0\r\n"), 0},

      // Sizes.
      {"64 fields",
       Get("/",
           [] {
             std::string fields;
             for (int i = 0; i < 63; ++i) fields += fmt::format("X{}: y\r\n", i);
             return fields;
           }()),
       0},
      {"65 fields",
       Get("/",
           [] {
             std::string fields;
             for (int i = 0; i < 64; ++i) fields += fmt::format("X{}: y\r\n", i);
             return fields;
           }()),
       431},
      {"line of 8 KiB", Get("/", "X: " + std::string(8189, 'a') + "\r\n"), 0},
      {"line beyond 8 KiB", Get("/", "X: " + std::string(8190, 'a') + "\r\n"), 431},
      {"endless line", "GET / HTTP/1.1\r\nX: " + std::string(17000, 'a'), 431},
      {"head beyond 16 KiB",
       Get("/", "X: " + std::string(8000, 'a') + "\r\nY: " + std::string(8000, 'a') +
                    "\r\nZ: " + std::string(500, 'a') + "\r\n"),
       431},
      {"tls hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
      {"ssh hello", "SSH-2.0-OpenSSH_9.2\r\n", 400},
      {"json", "{\"a\":1}\r\n", 400},
  };
  // Exactly 16 KiB passes, one more does not.
  for (const std::size_t extra : {std::size_t{0}, std::size_t{1}}) {
    const std::string start = "GET / HTTP/1.1\r\nHost: aplus.test\r\nA: " + std::string(8000, 'a') +
                              "\r\nB: " + std::string(8000, 'a') + "\r\nC: ";
    const std::string fill(HeadScanner::kMaxHead - start.size() - 4 + extra, 'b');
    shapes.push_back({fmt::format("16 KiB and {}", extra), start + fill + "\r\n\r\n", extra == 0 ? 0 : 431});
  }
  // A second field of what the gateway reads.
  for (const char* name :
       {"Cookie", "Authorization", "Content-Type", "Origin", "Idempotency-Key", "If-Match", "Range",
        "X-Aplus", "Sec-Fetch-Site", "Last-Event-ID", "Content-Disposition", "User-Agent", "X-Forwarded-For",
        "Content-Encoding", "If-None-Match", "If-Range", "Accept-Encoding"}) {
    const std::string field = fmt::format("{}: a\r\n", name);
    std::string lower = field;
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    shapes.push_back({fmt::format("one {}", name), Get("/", field), 0});
    shapes.push_back({fmt::format("two {}", name), Get("/", field + field), 400});
    shapes.push_back({fmt::format("two {} of other case", name), Get("/", field + "X: y\r\n" + lower), 400});
  }
  return shapes;
}

std::vector<Shape> ByteShapes() {
  using head_shapes::Post;
  std::vector<Shape> shapes;
  const auto alphanumeric = [](int c) { return c < 0x80 && std::isalnum(c) != 0; };
  const auto among = [](int c, std::string_view set) {
    return c != 0 && set.find(static_cast<char>(c)) != std::string_view::npos;
  };
  for (int b = 0; b < 256; ++b) {
    const char c = static_cast<char>(b);
    const bool token = alphanumeric(b) || among(b, "!#$%&'*+-.^_`|~");
    const std::string hex = fmt::format("{:02x}", b);
    // In the method: another token is another method.
    shapes.push_back({"method " + hex, std::string("GE") + c + "T / HTTP/1.1\r\nHost: aplus.test\r\n\r\n",
                      token || c == ' ' ? 405 : 400});
    const bool in_path = alphanumeric(b) || among(b, "-._~!$&'()*+,;=:@/?");
    shapes.push_back({"path " + hex, Get(std::string("/a") + c + "b"), in_path ? 0 : 400});
    shapes.push_back({"query " + hex, Get(std::string("/a?x=") + c + "b"), in_path ? 0 : 400});
    shapes.push_back({"name " + hex, Get("/", std::string("X") + c + "Y: z\r\n"),
                      (token && c != '_') || c == ':' ? 0 : 400});
    const bool in_value = c == '\t' || (b >= 0x20 && b != 0x7f);
    shapes.push_back({"value " + hex, Get("/", std::string("X: a") + c + "b\r\n"), in_value ? 0 : 400});
    shapes.push_back({"before " + hex, c + Get("/"), token ? 405 : 400});
    if (c != '.') {
      shapes.push_back(
          {"version " + hex, std::string("GET / HTTP/1") + c + "1\r\nHost: aplus.test\r\n\r\n", 400});
    }
    if (b < '0' || b > '9') {
      shapes.push_back({"length " + hex, Post(std::string("Content-Length: 1") + c + "1\r\n"), 400});
    }
  }
  return shapes;
}

}  // namespace aplus::gateway::test
