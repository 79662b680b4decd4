#include "config/convert.h"

#include <utility>

#include "config/modernise.h"

namespace sluice::config {
namespace {

std::string joined(const WrittenLine& words, std::size_t from, std::size_t to) {
  std::string out;
  for (std::size_t i = from; i < to; ++i) {
    if (i != from) out += ' ';
    out += words[i];
  }
  return out;
}

/// How many words of the line are its INI key: the keyword, but at least one word is its value.
std::size_t key_words(const WrittenLine& line) {
  if (line.size() == 1 || line[0].starts_with('.')) return 1;
  const bool grouped = line[0] == "no" || line[0] == "default" || line[0] == "timeout" ||
                       line[0] == "stats" || line[0] == "http-check" || line[0] == "tcp-check" ||
                       line[0] == "tcp-request" || line[0] == "tcp-response";
  if (line[0] == "capture" && line.size() > 3) return 3;
  return grouped && line.size() > 2 ? 2 : 1;
}

/// In INI a blank and a semicolon begin a comment; quotes keep the semicolon. Done in both
/// spellings, so that a file that went through INI is the one that did not.
std::string safe_word(const std::string& word) {
  return word.starts_with(';') ? "\";\"" + word.substr(1) : word;
}

/// In INI a key ends at the first '=' and loses blanks at its end, and a '[' opens a section. No
/// keyword has any of these, but a line that is wrong must stay the same wrong line.
std::string safe_key(const std::string& word) {
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    const bool escapes = c == '\\' && i + 1 < word.size();
    if (c == '=') {
      out += "\\x3d";
    } else if (c == '[' && i == 0) {
      out += "\\x5b";
    } else if (escapes && word[i + 1] == ' ') {
      out += "\\x20";
      ++i;
    } else {
      out += c;
      if (escapes) out += word[++i];
    }
  }
  return out;
}

class Writer {
 public:
  explicit Writer(Spelling to) : to_(to) {}

  void section(const WrittenLine& line) {
    if (!out_.empty()) out_ += '\n';
    const std::string text = joined(line, 0, line.size());
    out_ += to_ == Spelling::Ini ? '[' + text + "]\n" : text + '\n';
    indent_ = "    ";
  }

  void setting(WrittenLine line) {
    out_ += indent_;
    for (std::string& word : line) word = safe_word(word);
    const std::size_t key = key_words(line);
    for (std::size_t i = 0; i < key; ++i) line[i] = safe_key(line[i]);
    if (to_ == Spelling::Cfg) {
      out_ += joined(line, 0, line.size()) + '\n';
      return;
    }
    out_ += joined(line, 0, key) + " =";
    if (key < line.size()) out_ += ' ' + joined(line, key, line.size());
    out_ += '\n';
  }

  std::string finish() { return std::move(out_); }

 private:
  Spelling to_;
  std::string out_;
  std::string_view indent_;
};

}  // namespace

std::string convert(std::shared_ptr<const base::SourceFile> file, Spelling from, Spelling to,
                    Style style, base::Diagnostics& diagnostics) {
  Environment environment;  // variables stay as they are written
  const Directives directives =
      read(std::move(file), from, environment, diagnostics, Expansion::Verbatim);
  Writer writer(to);
  for (const Directive& directive : directives) {
    std::vector<WrittenLine> lines;
    if (style == Style::Modern) {
      lines = modernise(directive, diagnostics);
    } else {
      lines.emplace_back();
      for (const base::Word& word : directive.words) lines[0].emplace_back(written(word));
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i == 0 && directive.role == DirectiveRole::SectionStart)
        writer.section(lines[i]);
      else
        writer.setting(std::move(lines[i]));
    }
  }
  return writer.finish();
}

}  // namespace sluice::config
