#include <algorithm>

#include "program.hpp"

int main(int argc, char** argv) {
  return headway::cli::main({argv + std::min(argc, 1), argv + argc});
}
