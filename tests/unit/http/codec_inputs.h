// What the HTTP/1 codec is shown, and what must come of it: the start of one line of the events
// that support/codec_replay.h writes, or the error. RFC 9112 and 9110; the traps are those of
// llhttp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/codec_replay.h"

namespace sluice::http::h1::test {

struct Input {
  const char* what;
  std::string bytes;
  std::string comes;  // one line of the events begins so
  Sender sender = {};
};

inline std::string many_fields(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += "X" + std::to_string(i) + ": 1\r\n";
  return out;
}

inline const std::string kGet = "GET / HTTP/1.1\r\nHost: t\r\n";
inline const std::string kPost = "POST / HTTP/1.1\r\nHost: t\r\n";
inline const std::string kPostChunks = kPost + "Transfer-Encoding: chunked\r\n\r\n";

/// Refused whatever follows.
inline std::vector<Input> refused_requests() {
  using namespace std::string_literals;
  return {
      {"obs-fold", kGet + "X: a\r\n b\r\n\r\n", "error 400 a folded"},
      {"obs-fold by a tab", kGet + "X: a\r\n\tb\r\n\r\n", "error 400 a folded"},
      {"obs-fold in a coding", kPost + "Transfer-Encoding:\r\n chunked\r\n\r\n",
       "error 400 a folded"},
      {"no field name", kGet + ": b\r\n\r\n", "error 400 a field without"},
      {"blank before the colon", "GET / HTTP/1.1\r\nHost : t\r\n\r\n", "error 400"},
      {"blank in a name", kGet + "X y: b\r\n\r\n", "error 400"},
      {"blank before the first name", "GET / HTTP/1.1\r\n Host: t\r\n\r\n", "error 400"},
      {"no colon", kGet + "nonsense\r\n\r\n", "error 400"},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", "error 400 no Host"},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "error 400 more than one Host"},
      {"two equal Hosts", kGet + "Host: t\r\n\r\n", "error 400 more than one Host"},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "error 400 the Host"},
      {"Host with userinfo", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "error 400 the Host"},
      {"Host with a comma", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", "error 400 the Host"},
      {"Host of bytes over 0x7F", "GET / HTTP/1.1\r\nHost: \xC3\xA9\r\n\r\n", "error 400 the Host"},
      {"absolute-form against Host", "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", "error 400"},
      {"absolute-form, other port", "GET http://a:81/ HTTP/1.1\r\nHost: a\r\n\r\n", "error 400"},
      {"absolute-form, userinfo", "GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n", "error 400"},
      {"absolute-form, no host", "GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n", "error 400"},
      {"absolute-form, no path", "GET http://a?b HTTP/1.1\r\nHost: a\r\n\r\n", "error 400"},
      {"a target that is no path", "GET abc HTTP/1.1\r\nHost: a\r\n\r\n", "error 400"},
      {"CONNECT with a path", "CONNECT /a HTTP/1.1\r\nHost: a\r\n\r\n", "error 400"},
      {"CONNECT against Host", "CONNECT a:443 HTTP/1.1\r\nHost: b:443\r\n\r\n", "error 400"},
      {"LF alone", "GET / HTTP/1.1\nHost: t\r\n\r\n", "error 400 a line ends without CR"},
      {"LF alone after a field", "GET / HTTP/1.1\r\nHost: t\n\n", "error 400 a line ends without"},
      {"LF alone ends the head", kGet + "\n", "error 400 a line ends without CR"},
      {"CR in a value", kGet + "X: a\rb\r\n\r\n", "error 400"},
      {"a field behind a bare CR", kPost + "X-Abc:\rxTransfer-Encoding: chunked\r\n\r\n",
       "error 400"},
      {"NUL in a value", kGet + "X: a\0b\r\n\r\n"s, "error 400"},
      {"a control character in a value", kGet + "X: a\x01" + "b\r\n\r\n", "error 400"},
      {"two blanks after the method", "GET  / HTTP/1.1\r\nHost: t\r\n\r\n", "error 400 two spaces"},
      {"two blanks after the target", "GET /  HTTP/1.1\r\nHost: t\r\n\r\n", "error 400 two spaces"},
      {"a blank after the version", "GET / HTTP/1.1 \r\nHost: t\r\n\r\n", "error "},
      {"a tab for a blank", "GET\t/ HTTP/1.1\r\nHost: t\r\n\r\n", "error 400"},
      {"no target", "GET HTTP/1.1\r\nHost: t\r\n\r\n", "error 400"},
      {"no version", "GET /\r\n\r\n", "error "},
      {"version 0.9", "GET / HTTP/0.9\r\nHost: t\r\n\r\n", "error 505"},
      {"version 2.0", "GET / HTTP/2.0\r\nHost: t\r\n\r\n", "error 505"},
      {"version 1.2", "GET / HTTP/1.2\r\nHost: t\r\n\r\n", "error 505"},
      {"version 1.10", "GET / HTTP/1.10\r\nHost: t\r\n\r\n", "error "},
      {"http/1.1", "GET / http/1.1\r\nHost: t\r\n\r\n", "error "},
      {"the preface of h2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "error "},
      {"a fragment", "GET /a#b HTTP/1.1\r\nHost: t\r\n\r\n", "error 400"},
      {"* with GET", "GET * HTTP/1.1\r\nHost: t\r\n\r\n", "error 400 '*'"},
      {"0xFF in the target", "GET /\xFF HTTP/1.1\r\nHost: t\r\n\r\n", "error 400"},
      {"a method that is no token", "G(T / HTTP/1.1\r\nHost: t\r\n\r\n", "error 400 the method"},
      {"no method", " / HTTP/1.1\r\nHost: t\r\n\r\n", "error 400 the method"},
      {"a method of 33 bytes", std::string(33, 'M') + " / HTTP/1.1\r\nHost: t\r\n\r\n",
       "error 400 the method"},
      {"a TLS hello", "\x16\x03\x01\x02" + std::string(20, '\x01'), "error 400 the method"},
      {"two empty lines", "\r\n\r\n" + kGet + "\r\n", "error 400 an empty line"},
      {"a CR alone before it", "\rGET / HTTP/1.1\r\nHost: t\r\n\r\n", "error 400"},
      {"an LF alone before it", "\nGET / HTTP/1.1\r\nHost: t\r\n\r\n", "error 400"},
      {"102 fields", kGet + many_fields(101) + "\r\n", "error 431"},
  };
}

/// Heads whose framing is refused.
inline std::vector<Input> refused_framing() {
  return {
      {"a coding in 1.0", "POST / HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n",
       "error 400 Transfer-Encoding in HTTP/1.0"},
      {"gzip, chunked", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n", "error "},
      {"chunked, gzip", kPost + "Transfer-Encoding: chunked, gzip\r\n\r\n", "error "},
      {",chunked", kPost + "Transfer-Encoding: ,chunked\r\n\r\n", "error "},
      {"two codings", kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
       "error "},
      {"identity", kPost + "Transfer-Encoding: identity\r\n\r\n", "error "},
      {"xchunked", kPost + "Transfer-Encoding: xchunked\r\n\r\n", "error "},
      {"a quoted coding", kPost + "Transfer-Encoding: \"chunked\"\r\n\r\n", "error "},
      {"length and coding", kPost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
       "error 400"},
      {"coding and length", kPost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
       "error 400"},
      {"two lengths", kPost + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "error 400"},
      {"two equal lengths", kPost + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
       "error 400"},
      {"a list of lengths", kPost + "Content-Length: 3, 3\r\n\r\nabc", "error 400"},
      {"a signed length", kPost + "Content-Length: +3\r\n\r\nabc", "error 400"},
      {"a negative length", kPost + "Content-Length: -3\r\n\r\nabc", "error 400"},
      {"a hexadecimal length", kPost + "Content-Length: 0x3\r\n\r\nabc", "error 400"},
      {"an empty length", kPost + "Content-Length: \r\n\r\n", "error 400"},
      {"a length that overflows", kPost + "Content-Length: 18446744073709551616\r\n\r\na",
       "error 400"},
  };
}

/// Bodies that are refused after their head was taken.
inline std::vector<Input> refused_chunks() {
  return {
      {"size 0x1", kPostChunks + "0x1\r\na\r\n0\r\n\r\n", "error 400 a malformed chunk size"},
      {"size +1", kPostChunks + "+1\r\na\r\n0\r\n\r\n", "error 400 a malformed chunk size"},
      {"size -1", kPostChunks + "-1\r\na\r\n0\r\n\r\n", "error 400 a malformed chunk size"},
      {"a blank before the size", kPostChunks + " 1\r\na\r\n0\r\n\r\n", "error 400 a malformed"},
      {"a blank after the size", kPostChunks + "1 \r\na\r\n0\r\n\r\n", "error 400 a malformed"},
      {"no size", kPostChunks + "\r\na\r\n0\r\n\r\n", "error 400 a chunk without a size"},
      {"an extension without size", kPostChunks + ";a\r\n", "error 400 a malformed chunk size"},
      {"17 digits", kPostChunks + "11111111111111111\r\na", "error 400 a chunk size that is too"},
      {"16 digits that overflow", kPostChunks + "ffffffffffffffff\r\na",
       "error 400 a chunk size that is too"},
      {"zeros without end", kPostChunks + std::string(3'000, '0') + "1\r\na", "error 400 a chunk"},
      {"data without its CRLF", kPostChunks + "1\r\naXX0\r\n\r\n", "error 400 chunk data is not"},
      {"data with LF alone", kPostChunks + "1\r\na\n0\r\n\r\n", "error 400 chunk data is not"},
      {"data with CR and more", kPostChunks + "1\r\na\rX0\r\n\r\n", "error 400 chunk data is not"},
      {"LF alone after the size", kPostChunks + "1\na\r\n0\r\n\r\n", "error 400 a malformed chunk"},
      {"CR alone after the size", kPostChunks + "1\ra\r\n0\r\n\r\n", "error 400 a chunk line ends"},
      {"CR in an extension", kPostChunks + "1;a\rb\r\na\r\n0\r\n\r\n", "error 400 a chunk line"},
      {"LF in an extension", kPostChunks + "1;a\nb\r\na\r\n0\r\n\r\n", "error 400 a control"},
      {"extensions without end", kPostChunks + "1;" + std::string(20'000, 'e') + "\r\na\r\n",
       "error 400 a chunk line that is too long"},
      {"a trailer that is no field", kPostChunks + "0\r\nnonsense\r\n\r\n",
       "error 400 a malformed"},
      {"a trailer without a name", kPostChunks + "0\r\n: a\r\n\r\n", "error 400 a malformed tra"},
      {"a blank in a trailer's name", kPostChunks + "0\r\nA : b\r\n\r\n", "error 400 a malformed"},
      {"LF alone in a trailer", kPostChunks + "0\r\nA: b\n\r\n", "error 400 a control character"},
      {"CR alone in a trailer", kPostChunks + "0\r\nA: b\rc\r\n\r\n", "error 400 a trailer line"},
      {"trailers without end", kPostChunks + "0\r\nA: " + std::string(20'000, 'a'),
       "error 400 a trailer section that is too long"},
  };
}

inline std::vector<Input> accepted_requests() {
  return {
      {"the plainest", kGet + "\r\n", "request GET [||/] 1.1 none 0"},
      {"an empty line before it", "\r\n" + kGet + "\r\n", "request GET [||/] 1.1 none"},
      {"GET with a body", kGet + "Content-Length: 3\r\n\r\nabc", "body abc"},
      {"a body of a length", kPost + "Content-Length: 5\r\n\r\nhello", "body hello"},
      {"a body with CRLFs", kPost + "Content-Length: 6\r\n\r\na\r\n\r\nb", "body a\r"},
      {"a length of zero", kPost + "Content-Length: 0\r\n\r\n",
       "request POST [||/] 1.1 none 0 announces"},
      {"a length with zeros", kPost + "Content-Length: 003\r\n\r\nabc", "body abc"},
      {"chunks", kPostChunks + "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", "body abc0123456789"},
      {"chunks of no size", kPostChunks + "000\r\n\r\n", "body "},
      {"zeros before a size", kPostChunks + "0001\r\na\r\n0\r\n\r\n", "body a"},
      {"extensions", kPostChunks + "1;name=value\r\na\r\n0;x=\"y\"\r\n\r\n", "body a"},
      {"trailers", kPostChunks + "1\r\na\r\n0\r\nX-Sum: 1\r\nEmpty:\r\n\r\n", "trailer X-Sum=1"},
      {"framing in a trailer", kPostChunks + "0\r\nContent-Length: 5\r\nX: y\r\n\r\n",
       "trailer X=y"},
      {"Chunked in any case", kPost + "Transfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n",
       "body a"},
      {"absolute-form", "GET http://t/x?y HTTP/1.1\r\nHost: t\r\n\r\n",
       "request GET [http|t|/x?y]"},
      {"its default port", "GET http://t:80/ HTTP/1.1\r\nHost: t\r\n\r\n",
       "request GET [http|t:80"},
      {"https and its port", "GET https://T/ HTTP/1.1\r\nHost: t:443\r\n\r\n",
       "request GET [https"},
      {"absolute-form without path", "GET http://t HTTP/1.1\r\nHost: t\r\n\r\n",
       "request GET [http|t|/]"},
      {"asterisk-form", "OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n", "request OPTIONS [||*]"},
      {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "request GET [||/]"},
      {"an IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "request GET [||/]"},
      {"Content_Length", kGet + "Content_Length: 5\r\n\r\n", "request GET [||/] 1.1 none"},
      {"a framing field named by Connection",
       kPost + "Connection: content-length\r\nContent-Length: 3\r\n\r\nabc", "body abc"},
      {"a field named by Connection", kGet + "Connection: x\r\nX: 1\r\nY: 2\r\n\r\n",
       "  Connection=x"},
      {"any token", "M-SEARCH!x / HTTP/1.1\r\nHost: t\r\n\r\n", "request M-SEARCH!x"},
      {"every method",
       "PATCH / HTTP/1.1\r\nHost: t\r\n\r\nTRACE / HTTP/1.1\r\nHost: t\r\n\r\n"
       "DELETE / HTTP/1.1\r\nHost: t\r\n\r\nPUT / HTTP/1.1\r\nHost: t\r\n\r\n",
       "request PUT"},
      {"a method in small letters", "get / HTTP/1.1\r\nHost: t\r\n\r\n", "request get"},
      {"a method of 32 bytes", std::string(32, 'M') + " / HTTP/1.1\r\nHost: t\r\n\r\n",
       "request MMM"},
      {"bytes over 0x7F in a value", kGet + "X: \xC3\xA9\r\n\r\n", "  X=\xC3\xA9"},
      {"blanks about a value", kGet + "X: \t a b \t \r\n\r\n", "  X=a b"},
      {"no blank before a value", kGet + "X:a\r\n\r\n", "  X=a"},
      {"an empty value", kGet + "X:\r\nY: \r\n\r\n", "  X="},
      {"101 fields", kGet + many_fields(100) + "\r\n", "  X99=1"},
      {"keep-alive in 1.0", "GET / HTTP/1.0\r\nHost: t\r\nConnection: Keep-Alive\r\n\r\n",
       "request GET [||/] 1.0"},
      {"an upgrade", kGet + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
       "request GET [||/] 1.1 none 0 upgrade"},
      {"h2c",
       kGet + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: a\r\n\r\n",
       "request GET [||/] 1.1 none 0"},
      {"Expect", kPost + "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\na",
       "request POST [||/] 1.1 length 1 expects"},
      {"TE", kGet + "TE: gzip, trailers\r\nConnection: TE\r\n\r\n", "  TE=gzip"},
      {"Proxy-Connection", kGet + "Proxy-Connection: close\r\n\r\n", "request GET"},
  };
}

/// Nothing may follow these on their connection.
inline std::vector<Input> last_requests() {
  return {
      {"HTTP/1.0", "GET /a HTTP/1.0\r\n\r\n", "the connection ends"},
      {"Connection: close", kGet + "Connection: close\r\n\r\n", "the connection ends"},
      {"close among others", kGet + "Connection: a,,close , b\r\n\r\n", "the connection ends"},
      {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "request CONNECT [|a:443|]"},
      {"a head that is cut", kGet, "cut in a head"},
      {"a body that is cut", kPost + "Content-Length: 5\r\n\r\nab", "cut in a body after ab"},
      {"chunks that are cut", kPostChunks + "5\r\nab", "cut in a body after ab"},
      {"cut after the data", kPostChunks + "1\r\na\r", "cut in a body after a"},
      {"nothing but a CR", "\r", "cut in a head"},
  };
}

}  // namespace sluice::http::h1::test
