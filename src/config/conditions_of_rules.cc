#include "config/conditions_of_rules.h"

namespace sluice::config {

SplitRule split_condition(Arguments& arguments) {
  SplitRule out;
  const base::Word* cut = nullptr;
  while (const base::Word* word = arguments.next()) {
    if (cut != nullptr) {
      out.condition.push_back(*word);
    } else if (word->text == "if" || word->text == "unless") {
      cut = word;
      out.negated = word->text == "unless";
    } else {
      out.words.push_back(*word);
    }
  }
  if (cut != nullptr && out.condition.empty()) {
    arguments.error(cut->span, "a condition is missing after '" + cut->text + "'");
  }
  const base::Word* open = nullptr;
  for (const base::Word& word : out.condition) {
    std::string_view text = word.text;
    while (text.starts_with('!')) text.remove_prefix(1);  // "!{ … }"
    if (text == "{" && open == nullptr)
      open = &word;
    else if (text == "}" && open != nullptr)
      open = nullptr;
    else if (text == "}")
      arguments.error(word.span, "this brace was not opened");
  }
  if (open != nullptr) {
    arguments.error(open->span, "this brace is not closed", "blanks belong around both braces");
  }
  return out;
}

}  // namespace sluice::config
