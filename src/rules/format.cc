#include "rules/format.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "rules/format_compiled.h"

namespace sluice::rules {

std::size_t CompiledFormat::write(char* out, std::size_t capacity, const LogRecord* record,
                                  Evaluation& evaluation) const {
  FormatWriter writer(out, capacity);
  write_parts(writer, record, evaluation);
  return writer.length();
}

void CompiledFormat::write_parts(FormatWriter& writer, const LogRecord* record,
                                 Evaluation& evaluation) const {
  bool after_space = true;
  for (const Part& part : parts_) {
    switch (part.kind) {
      case PartKind::Space:
        if (!after_space) writer.put(' ');
        after_space = true;
        continue;
      case PartKind::Text:
        writer.put(part.text);
        break;
      case PartKind::Expression:
        write_expression(part, writer, record, evaluation);
        break;
      case PartKind::Tag: {
        TagContext context{writer, part.flags, purpose_ == FormatPurpose::Log, record, evaluation};
        if (!part.tag->write(context)) continue;
        break;
      }
    }
    after_space = false;
  }
}

void CompiledFormat::write_expression(const Part& part, FormatWriter& writer,
                                      const LogRecord* record, Evaluation& evaluation) const {
  Sample sample;
  Certainty certainty = Certainty::Final;
  std::string_view text;
  if (part.expression->evaluate(evaluation, sample, certainty)) {
    if (sample.type == SampleType::Int && part.flags.plain()) {  // digits: nothing to escape
      writer.put_number(sample.number);
      return;
    }
    text = as_text(sample, *evaluation.arena);
  }
  const bool for_log = purpose_ == FormatPurpose::Log;
  TagContext context{writer, part.flags, for_log, record, evaluation};
  const bool raw = purpose_ == FormatPurpose::Bytes;
  context.text(text, raw ? Escape::None : for_log ? Escape::Control : Escape::Http);
}

bool CompiledFormat::needs_body() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) {
    return part.expression != nullptr && part.expression->needs_body();
  });
}

bool CompiledFormat::names_backend_source() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) {
    return part.tag != nullptr && (part.tag->name == "bi" || part.tag->name == "bp");
  });
}

bool CompiledFormat::needs_log_record() const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](const Part& part) { return part.kind == PartKind::Tag; });
}

std::optional<std::string_view> CompiledFormat::compose(Evaluation& evaluation) const {
  if (parts_.empty()) return std::string_view{"", 0};
  if (parts_.size() == 1 && parts_[0].kind == PartKind::Text)
    return std::string_view(parts_[0].text);
  thread_local std::array<char, base::limits::kBlockBytes> buffer;
  FormatWriter writer(buffer.data(), buffer.size());
  write_parts(writer, nullptr, evaluation);
  if (writer.overflowed()) return std::nullopt;
  const std::string_view made(buffer.data(), writer.length());
  if (purpose_ != FormatPurpose::Target) return evaluation.arena->copy(made);
  // Neither a space nor a control character may stand in a request target (RFC 9112 §3.2).
  char* out = evaluation.arena->allocate(made.size() * 3);
  std::size_t size = 0;
  for (char c : made) {
    if (c != ' ' && c != '\t') {
      out[size++] = c;
      continue;
    }
    out[size++] = '%';
    out[size++] = c == ' ' ? '2' : '0';
    out[size++] = c == ' ' ? '0' : '9';
  }
  return std::string_view(out, size);
}

std::string_view http_log_format() noexcept {
  return "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc "
         "%sq/%bq %hr %hs %{+Q}r";
}

std::string_view tcp_log_format() noexcept {
  return "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq";
}

std::string_view default_log_format(model::Mode mode) noexcept {
  return mode == model::Mode::Http ? "Connect from %ci:%cp to %fi:%fp (%f/HTTP)"
                                   : "Connect from %ci:%cp to %fi:%fp (%f/TCP)";
}

std::string_view clf_log_format() noexcept {
  return "%{+Q}o %{-Q}ci - - [%trg] %r %ST %B \"\" \"\" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc "
         "%ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl";
}

}  // namespace sluice::rules
