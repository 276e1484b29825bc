#include "job/run/judging.hpp"

#include <exception>
#include <utility>

#include "job/store/fault_points.hpp"

namespace headway::job {
namespace {

std::size_t bytes_of(const RawResponse& response) {
  auto bytes = response.body.size() + response.translated.size();
  for (const auto& choice : response.choices) bytes += choice.text.size();
  return bytes;
}

}  // namespace

struct Judging::Case {
  std::shared_ptr<const AskedRow> asked;
  Outcome<RawResponse> outcome;
  std::shared_ptr<const RowEnds> ends;
  Done done;
  std::size_t bytes;
  Record record;
};

void Judging::judge(std::shared_ptr<const AskedRow> asked, Outcome<RawResponse> outcome,
                    std::shared_ptr<const RowEnds> ends, Done done) {
  const auto bytes = outcome ? bytes_of(*outcome) : 0;
  auto one = std::make_shared<Case>(
      Case{std::move(asked), std::move(outcome), std::move(ends), std::move(done), bytes, Record()});
  ++waiting_;
  bytes_ += bytes;
  auto work = [this, one] {
    fault_point("judging");
    const auto& row = one->asked->row();
    const bool in_haste = hurried_ || side_.hurried();
    one->record = in_haste ? one->ends->in_haste(row, one->outcome) : one->ends->of(row, one->outcome);
  };
  side_.run(std::move(work), [this, one](const std::exception_ptr& thrown) {
    --waiting_;
    bytes_ -= one->bytes;
    if (thrown) std::rethrow_exception(thrown);
    one->done(std::move(one->record));
  });
}

}  // namespace headway::job
