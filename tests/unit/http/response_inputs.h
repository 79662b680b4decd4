// The responses that the HTTP/1 codec is shown, and what must come of them; see codec_inputs.h.
#pragma once

#include <string>
#include <vector>

#include "unit/http/codec_inputs.h"

namespace sluice::http::h1::test {

inline constexpr Sender kServer{HeadReader::Kind::Response, Method::Get, false};
inline constexpr Sender kToHead{HeadReader::Kind::Response, Method::Head, false};
inline constexpr Sender kToConnect{HeadReader::Kind::Response, Method::Connect, false};
inline constexpr Sender kToUpgrade{HeadReader::Kind::Response, Method::Get, true};

inline const std::string kOk = "HTTP/1.1 200 OK\r\n";
inline const std::string kTwo = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n";
inline const std::string kChunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

inline std::vector<Input> refused_responses() {
  using namespace std::string_literals;
  std::vector<Input> out = {
      {"obs-fold", kTwo + "X: a\r\n b\r\n\r\nok", "error 502 a folded"},
      {"no field name", kTwo + ": b\r\n\r\nok", "error 502 a field without"},
      {"blank before the colon", kTwo + "X : b\r\n\r\nok", "error 502"},
      {"blank in a name", kTwo + "X y: b\r\n\r\nok", "error 502"},
      {"no colon", kTwo + "nonsense\r\n\r\nok", "error 502"},
      {"two lengths", kTwo + "Content-Length: 3\r\n\r\nokx", "error 502"},
      {"a list of lengths", kOk + "Content-Length: 2, 2\r\n\r\nok", "error 502"},
      {"a signed length", kOk + "Content-Length: +2\r\n\r\nok", "error 502"},
      {"an empty length", kOk + "Content-Length:\r\n\r\nok", "error 502"},
      {"a length that overflows", kOk + "Content-Length: 18446744073709551616\r\n\r\n",
       "error 502"},
      {"length and coding", kTwo + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
       "error 502"},
      {"gzip, chunked", kOk + "Transfer-Encoding: gzip, chunked\r\n\r\n", "error 502"},
      {"chunked, gzip", kOk + "Transfer-Encoding: chunked, gzip\r\n\r\nrest", "error 502"},
      {"two codings", kOk + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\nrest",
       "error 502"},
      {"CR in a value", kTwo + "X: a\rb\r\n\r\nok", "error 502"},
      {"CR in the reason", "HTTP/1.1 200 O\rK\r\nContent-Length: 2\r\n\r\nok", "error 502"},
      {"NUL in a value", kTwo + "X: a\0b\r\n\r\nok"s, "error 502"},
      {"LF alone", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "error 502 a line ends without CR"},
      {"LF alone ends the head", kTwo + "\nok", "error 502 a line ends without CR"},
      {"status 099", "HTTP/1.1 099 X\r\n\r\n", "error 502 a status under 100"},
      {"status 000", "HTTP/1.1 000 X\r\n\r\n", "error 502 a status under 100"},
      {"two digits", "HTTP/1.1 20 X\r\n\r\n", "error 502"},
      {"four digits", "HTTP/1.1 2000 X\r\n\r\n", "error 502"},
      {"no number", "HTTP/1.1 abc X\r\n\r\n", "error 502"},
      {"a signed status", "HTTP/1.1 +20 X\r\n\r\n", "error 502"},
      {"an empty line before it", "\r\n" + kTwo + "\r\nok", "error 502 an empty line"},
      {"two blanks", "HTTP/1.1  200 OK\r\n\r\n", "error 502 a malformed status line"},
      {"a tab", "HTTP/1.1\t200 OK\r\n\r\n", "error 502 a malformed status line"},
      {"a line that is too short", "HTTP/1.1 20\r\n\r\n", "error 502 a malformed status line"},
      {"version 0.9", "HTTP/0.9 200 OK\r\n\r\n", "error 502"},
      {"version 2.0", "HTTP/2.0 200 OK\r\n\r\n", "error 502"},
      {"no HTTP at all", "SSH-2.0-OpenSSH\r\n\r\n", "error 502"},
      {"101 unasked", "HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
       "error 502 101"},
      {"102 fields", kTwo + many_fields(101) + "\r\nok", "error 502"},
      {"size 0x1", kChunks + "0x1\r\na\r\n0\r\n\r\n", "error 400 a malformed chunk size"},
      {"a blank after the size", kChunks + "1 \r\na\r\n0\r\n\r\n", "error 400 a malformed chunk"},
      {"17 digits", kChunks + "11111111111111111\r\na", "error 400 a chunk size that is too"},
      {"data without CRLF", kChunks + "1\r\naXX0\r\n\r\n", "error 400 chunk data is not"},
      {"CR in an extension", kChunks + "1;a\rb\r\na\r\n0\r\n\r\n", "error 400 a chunk line"},
      {"a trailer that is no field", kChunks + "0\r\nnonsense\r\n\r\n", "error 400 a malformed"},
  };
  for (Input& each : out) each.sender = kServer;
  return out;
}

inline std::vector<Input> accepted_responses() {
  const Sender get = kServer;
  return {
      {"a length", kTwo + "\r\nok", "body ok", get},
      {"a length of zero", kOk + "Content-Length: 0\r\n\r\n", "body ", get},
      {"a length with zeros", kOk + "Content-Length: 0002\r\n\r\nok", "body ok", get},
      {"chunks", kChunks + "2\r\nok\r\n0\r\n\r\n", "body ok", get},
      {"extensions", kChunks + "2;a=b\r\nok\r\n0;z\r\n\r\n", "body ok", get},
      {"trailers", kChunks + "0\r\nX-Sum: 1\r\nSet-Cookie: a\r\n\r\n", "trailer X-Sum=1", get},
      {"no reason", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", "response 200 []", get},
      {"a reason of many words", "HTTP/1.1 404 Not  Found here\r\nContent-Length: 0\r\n\r\n",
       "response 404 [Not  Found here]", get},
      {"status 799", "HTTP/1.1 799 Odd\r\nContent-Length: 2\r\n\r\nok", "response 799", get},
      {"204 with a length", "HTTP/1.1 204 N\r\nContent-Length: 5\r\n\r\n",
       "response 204 [N] 1.1 none", get},
      {"204 with a coding", "HTTP/1.1 204 N\r\nTransfer-Encoding: chunked\r\n\r\n",
       "response 204 [N] 1.1 none", get},
      {"304 with a length", "HTTP/1.1 304 N\r\nContent-Length: 5\r\n\r\n",
       "response 304 [N] 1.1 none 5 announces", get},
      {"100 with a length", "HTTP/1.1 100 C\r\nContent-Length: 5\r\n\r\n" + kTwo + "\r\nok",
       "body ok", get},
      {"103 before it", "HTTP/1.1 103 E\r\nLink: a\r\n\r\n" + kTwo + "\r\nok", "body ok", get},
      {"to HEAD with a length", kOk + "Content-Length: 5\r\n\r\n",
       "response 200 [OK] 1.1 none 5 announces", kToHead},
      {"to HEAD with a coding", kChunks, "response 200 [OK] 1.1 none", kToHead},
      {"1.0 kept alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
       "response 200 [OK] 1.0 length 2", get},
      {"101 fields", kTwo + many_fields(100) + "\r\nok", "  X99=1", get},
  };
}

/// Nothing may follow these on their connection.
inline std::vector<Input> last_responses() {
  const Sender get = kServer;
  return {
      {"until it closes", kOk + "\r\nall of it", "body all of it", get},
      {"1.0 without a length", "HTTP/1.0 200 OK\r\n\r\nall", "body all", get},
      {"1.0 with a length", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "body ok", get},
      {"1.0 with a coding",
       "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
       "the connection ends", get},
      {"Connection: close", kTwo + "Connection: close\r\n\r\nok", "the connection ends", get},
      {"101 asked for",
       "HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\nContent-Length: 1\r\n\r\nraw",
       "response 101 [S] 1.1 tunnel", kToUpgrade},
      {"200 to CONNECT", kOk + "Content-Length: 5\r\n\r\nraw bytes", "body raw bytes", kToConnect},
      {"a body that is cut", kTwo + "\r\no", "cut in a body after o", get},
      {"a head that is cut", "HTTP/1.1 2", "cut in a head", get},
  };
}

}  // namespace sluice::http::h1::test
