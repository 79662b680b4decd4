#include "http/error_replies.h"

namespace sluice::http {

namespace {

constexpr ErrorReply kReplies[] = {
    {200, "OK",
     "<html><body><h1>200 OK</h1>\n"
     "Service ready.\n</body></html>\n"},
    {400, "Bad request",
     "<html><body><h1>400 Bad request</h1>\n"
     "Your browser sent an invalid request.\n</body></html>\n"},
    {401, "Unauthorized",
     "<html><body><h1>401 Unauthorized</h1>\n"
     "You need a valid user and password to access this content.\n</body></html>\n"},
    {403, "Forbidden",
     "<html><body><h1>403 Forbidden</h1>\n"
     "Request forbidden by administrative rules.\n</body></html>\n"},
    {404, "Not Found",
     "<html><body><h1>404 Not Found</h1>\n"
     "The resource could not be found.\n</body></html>\n"},
    {405, "Method Not Allowed",
     "<html><body><h1>405 Method Not Allowed</h1>\n"
     "A request was made of a resource using a request method not supported by that "
     "resource\n</body></html>\n"},
    {407, "Unauthorized",
     "<html><body><h1>407 Unauthorized</h1>\n"
     "You need a valid user and password to access this content.\n</body></html>\n"},
    {408, "Request Time-out",
     "<html><body><h1>408 Request Time-out</h1>\n"
     "Your browser didn't send a complete request in time.\n</body></html>\n"},
    {410, "Gone",
     "<html><body><h1>410 Gone</h1>\n"
     "The resource is no longer available and will not be available again.\n</body></html>\n"},
    {413, "Payload Too Large",
     "<html><body><h1>413 Payload Too Large</h1>\n"
     "The request entity exceeds the maximum allowed.\n</body></html>\n"},
    {414, "URI Too Long",
     "<html><body><h1>414 URI Too Long</h1>\n"
     "The request target is longer than this proxy accepts.\n</body></html>\n"},
    {421, "Misdirected Request",
     "<html><body><h1>421 Misdirected Request</h1>\n"
     "Request sent to a non-authoritative server.\n</body></html>\n"},
    {422, "Unprocessable Content",
     "<html><body><h1>422 Unprocessable Content</h1>\n"
     "The server cannot process the contained instructions.\n</body></html>\n"},
    {425, "Too Early",
     "<html><body><h1>425 Too Early</h1>\n"
     "Your browser sent early data.\n</body></html>\n"},
    {429, "Too Many Requests",
     "<html><body><h1>429 Too Many Requests</h1>\n"
     "You have sent too many requests in a given amount of time.\n</body></html>\n"},
    {431, "Request Header Fields Too Large",
     "<html><body><h1>431 Request Header Fields Too Large</h1>\n"
     "The request header is larger than this proxy accepts.\n</body></html>\n"},
    {500, "Internal Server Error",
     "<html><body><h1>500 Internal Server Error</h1>\n"
     "An internal server error occurred.\n</body></html>\n"},
    {501, "Not Implemented",
     "<html><body><h1>501 Not Implemented</h1>\n"
     "The server does not support the functionality required to fulfill the "
     "request.\n</body></html>\n"},
    {502, "Bad Gateway",
     "<html><body><h1>502 Bad Gateway</h1>\n"
     "The server returned an invalid or incomplete response.\n</body></html>\n"},
    {503, "Service Unavailable",
     "<html><body><h1>503 Service Unavailable</h1>\n"
     "No server is available to handle this request.\n</body></html>\n"},
    {504, "Gateway Time-out",
     "<html><body><h1>504 Gateway Time-out</h1>\n"
     "The server didn't respond in time.\n</body></html>\n"},
    {505, "HTTP Version Not Supported",
     "<html><body><h1>505 HTTP Version Not Supported</h1>\n"
     "This proxy speaks HTTP/1.0 and HTTP/1.1.\n</body></html>\n"},
};

}  // namespace

const ErrorReply& error_reply(std::uint16_t status) noexcept {
  const ErrorReply* fallback = &kReplies[0];
  for (const ErrorReply& reply : kReplies) {
    if (reply.status == status) return reply;
    if (reply.status == 500) fallback = &reply;
  }
  return *fallback;
}

}  // namespace sluice::http
