// Rules as plain data: the words as written, with their places. config/ stores them, rules/
// compiles them. A rule keeps everything that compilation needs, so that an error found there shows
// its caret.
#pragma once

#include <string>
#include <vector>

#include "base/source.h"

namespace sluice::model {

using base::SourceSpan;
using base::Word;

/// Where a rule runs; the order of the list is the order of a request's life.
enum class RulePoint : unsigned char {
  Connection,       // tcp-request connection
  Session,          // tcp-request session
  Content,          // tcp-request content
  HttpRequest,      // http-request; `redirect` stands here too, after them
  ResponseContent,  // tcp-response content
  HttpResponse,     // http-response
  HttpAfterResponse,
};

/// One action line: `http-request deny deny_status 429 if { src 10.0.0.0/8 }` is words
/// {"deny","deny_status","429"}, condition words {"{","src","10.0.0.0/8","}"}, unless = false.
struct Rule {
  RulePoint point = RulePoint::HttpRequest;
  SourceSpan span;          // the keyword, e.g. "http-request"
  std::vector<Word> words;  // the action and its arguments, `if`/`unless` and what follows cut off
  std::vector<Word> condition;  // empty: always
  bool negated = false;         // written with `unless`
};

/// `acl NAME CRITERION [flags] values…`; several of one name are joined by "or".
struct AclLine {
  std::string name;
  SourceSpan span;
  std::vector<Word> words;  // criterion, flags and values
};

/// `use_backend NAME if …`; NAME may be a log-format expression.
struct UseBackend {
  SourceSpan span;
  Word backend;
  std::vector<Word> condition;
  bool negated = false;
};

/// `use-server NAME if …`; NAME may be a log-format expression.
struct UseServer {
  SourceSpan span;
  Word server;
  std::vector<Word> condition;
  bool negated = false;
};

/// A log-format string as written (`log-format`, `unique-id-format`, …).
struct FormatText {
  std::string text;
  SourceSpan span;
  [[nodiscard]] bool is_set() const { return span.line != 0 || !text.empty(); }
};

}  // namespace sluice::model
