#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace headway::job {

/// One request of the input, ready to be sent.
struct Row {
  Row() {}

  std::uint64_t number = 0;        ///< from 0, in the order of the input; bad rows count, blank lines do not
  std::uint64_t line = 0;          ///< from 1: where it begins in the input
  std::string custom_id;           ///< as the input names it, else "row-LINE"
  bool own_id = false;             ///< the input names it
  std::string path;                ///< e.g. "/v1/chat/completions"
  std::string body;                ///< a JSON object
  std::uint64_t prompt_bytes = 0;  ///< of its texts, as UTF-8, for estimates; images and sound do not count
  std::string columns;             ///< a JSON object: what of the input goes along to the output; empty: nothing
  std::uint64_t content_hash = 0;  ///< of the input's row: settings do not change it, nor does its place
  std::uint64_t request_hash = 0;  ///< of what is sent: path and body, and custom_id if own_id
};

/// A row that cannot be sent.
struct BadRow {
  BadRow() {}

  std::uint64_t number = 0;
  std::uint64_t line = 0;
  std::string custom_id;  ///< as in Row, if that much could be read
  std::string columns;    ///< as in Row, if that much could be read
  std::uint64_t content_hash = 0;
  std::string reason;  ///< one sentence without the row's text: what is wrong, and where in the row
};

using Entry = std::variant<Row, BadRow>;

}  // namespace headway::job
