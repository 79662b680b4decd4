// Makes an INI file digestible for inih, whose buffers cut silently (200 bytes a line, 50 a name):
// each logical line becomes pieces that fit, blanks of values become bytes that inih neither trims
// nor takes for the start of a comment, long names become an index. ini_reader.cc undoes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "base/source.h"

namespace sluice::config {

// Bytes that have a meaning between the two; a file that contains them is refused.
inline constexpr char kByIndex = '\x01';      // a name: the rest is an index into lines
inline constexpr char kSectionMark = '\x02';  // the key that follows every section's line
inline constexpr char kFirstPiece = '\x03';   // a value: index, kPieceText, text
inline constexpr char kNextPiece = '\x04';    // a value: more text of the same line
inline constexpr char kPieceText = '\x05';
inline constexpr char kSpace = '\x06';
inline constexpr char kTab = '\x0e';

struct IniLine {
  std::uint32_t line = 0;  // in the file
  bool is_section = false;
  std::string_view name;  // the section's words, or the key
  std::uint32_t name_column = 0;
  std::uint32_t value_column = 0;
};

struct PreparedIni {
  std::string text;  // what inih reads
  std::vector<IniLine> lines;
};

[[nodiscard]] PreparedIni prepare_ini(const std::shared_ptr<const base::SourceFile>& file,
                                      base::Diagnostics& diagnostics);

}  // namespace sluice::config
