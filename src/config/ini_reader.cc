#include "config/ini_reader.h"

#include <ini.h>

#include <utility>

#include "base/text.h"
#include "config/collector.h"
#include "config/ini_prepare.h"

namespace sluice::config {
namespace {

class Reader {
 public:
  Reader(std::shared_ptr<const base::SourceFile> file, Environment& environment,
         base::Diagnostics& diagnostics, Expansion expansion)
      : file_(std::move(file)),
        environment_(environment),
        diagnostics_(diagnostics),
        expansion_(expansion),
        collector_(environment, diagnostics, expansion),
        prepared_(prepare_ini(file_, diagnostics)) {}

  Directives run() {
    const int failed_at = ini_parse_string(prepared_.text.c_str(), &Reader::on_value, this);
    if (failed_at != 0) {
      diagnostics_.error({file_, 0, 0, 0}, "the INI file could not be read by inih");
    }
    flush();
    return collector_.finish();
  }

 private:
  static int on_value(void* user, const char*, const char*, const char* value) noexcept {
    static_cast<Reader*>(user)->piece(value);
    return 1;
  }

  // Names were noted when the line was prepared; the index says which line, whatever inih kept.
  void piece(std::string_view value) {
    if (value.starts_with(kFirstPiece)) {
      flush();
      const std::size_t text_at = value.find(kPieceText);
      current_ = base::to_unsigned(value.substr(1, text_at - 1));
      value.remove_prefix(text_at + 1);
    } else {
      value.remove_prefix(1);
    }
    for (char c : value) value_ += c == kSpace ? ' ' : c == kTab ? '\t' : c;
  }

  void flush() {
    if (!current_) return;
    const IniLine& line = prepared_.lines[*current_];
    current_.reset();
    const std::string value = std::exchange(value_, {});
    if (collector_.skipping() && !line.name.starts_with('.')) return;
    std::vector<base::Word> words;
    if (!cut(line, line.name, line.name_column, words)) return;
    if (!cut(line, value, line.value_column, words)) return;
    if (!line.is_section)
      collector_.line(std::move(words));
    else if (!words.empty())
      collector_.section(std::move(words));
    else
      diagnostics_.error({file_, line.line, line.name_column, 1}, "a section needs a name");
  }

  bool cut(const IniLine& line, std::string_view text, std::uint32_t column,
           std::vector<base::Word>& words) {
    const LexContext context{file_,     line.line, column, environment_, collector_.section(),
                             expansion_};
    return lex(text, context, diagnostics_, words);
  }

  std::shared_ptr<const base::SourceFile> file_;
  Environment& environment_;
  base::Diagnostics& diagnostics_;
  Expansion expansion_;
  Collector collector_;
  PreparedIni prepared_;
  std::optional<std::uint64_t> current_;
  std::string value_;
};

}  // namespace

Directives read_ini(std::shared_ptr<const base::SourceFile> file, Environment& environment,
                    base::Diagnostics& diagnostics, Expansion expansion) {
  return Reader(std::move(file), environment, diagnostics, expansion).run();
}

}  // namespace sluice::config
