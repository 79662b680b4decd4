#include <cstring>

#include "app/process.h"

int main(int argc, char** argv) {
  sluice::app::RunOptions options;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "-f") == 0 && i + 1 < argc) options.files.emplace_back(argv[++i]);
    else if (std::strcmp(argv[i], "-c") == 0) options.check_only = true;
    else if (std::strcmp(argv[i], "-db") == 0) options.foreground = true;
  }
  return sluice::app::run_proxy(options);
}
