// Log-format strings as compiled: the room's own view of rules::Format. Where a format's text ends
// up decides how it is escaped, so that no value of a request can end a header line or a request
// line.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/compile.h"
#include "rules/expression_parser.h"
#include "rules/format.h"
#include "rules/format_tags.h"

namespace sluice::rules {

enum class FormatPurpose : std::uint8_t {
  Log,     // "-" for what is absent, runs of spaces merged
  Name,    // unique ids, names of backends: as Header, runs of spaces merged
  Header,  // a field's value, a name: literal text has no line end, values are escaped
  Target,  // a request target: as Header, and spaces become %20
  Bytes,   // what a check sends or shows, as it is
  Body,    // a payload: literal text as written, values escaped as in a header
};

class CompiledFormat final : public Format {
 public:
  enum class PartKind : std::uint8_t { Text, Space, Tag, Expression };
  struct Part {
    PartKind kind = PartKind::Text;
    std::string text;
    const TagRow* tag = nullptr;
    std::unique_ptr<CompiledExpression> expression;
    FormatFlags flags;
  };

  CompiledFormat(FormatPurpose purpose, std::vector<Part> parts)
      : purpose_(purpose), parts_(std::move(parts)) {}

  std::size_t write(char* out, std::size_t capacity, const LogRecord* record,
                    Evaluation& evaluation) const override;
  [[nodiscard]] bool needs_body() const override;
  [[nodiscard]] bool names_backend_source() const override;
  /// Has a tag: most have no value without a LogRecord.
  [[nodiscard]] bool needs_log_record() const;
  /// The text in the arena; nothing when it is longer than a buffer.
  [[nodiscard]] std::optional<std::string_view> compose(Evaluation& evaluation) const;

 private:
  void write_parts(FormatWriter& writer, const LogRecord* record, Evaluation& evaluation) const;
  void write_expression(const Part& part, FormatWriter& writer, const LogRecord* record,
                        Evaluation& evaluation) const;

  FormatPurpose purpose_;
  std::vector<Part> parts_;
};

/// Null: reported.
[[nodiscard]] std::unique_ptr<const CompiledFormat> compile_format_for(FormatPurpose purpose,
                                                                       std::string_view text,
                                                                       const base::SourceSpan& span,
                                                                       Place place,
                                                                       CompileScope& scope);

}  // namespace sluice::rules
