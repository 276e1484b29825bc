#pragma once

namespace headway::pace {

/// Whether refusals follow from what we do, or come at random: by what became of their share when we did less. What a
/// limit has borne before it bears again; faults go on. A sequential likelihood ratio test (Wald 1945), twice, since a
/// bucket that is just running out refuses a part too. No clock; everything is O(1). Speed: calls a second, or in flight.
class FaultTest {
 public:
  enum class Verdict {
    open,
    ours,    ///< they were fewer, or grew: they follow from our speed
    slower,  ///< as many as before: once more, at no more than borne()
    random,  ///< as many again
  };

  /// So large a share was refused, and so much was borne. Where next to all was refused there is nothing to test.
  void begin(double share, double borne) noexcept;
  void end() noexcept { share_ = 0; }
  bool runs() const noexcept { return share_ > 0; }
  /// Before less was done; 0 if it does not run.
  double share() const noexcept { return share_; }
  /// The speed that a limit would bear.
  double borne() const noexcept { return borne_; }
  /// Speeds are counted otherwise from now on.
  void scale(double factor) noexcept { borne_ *= factor; }

  /// Of the calls that were sent since, at that speed.
  void add(double sent, double refused, double speed) noexcept;
  /// If it is `slower`, the second part begins.
  Verdict verdict() noexcept;
  /// The share since.
  double since() const noexcept { return sent_ > 0 ? refused_ / sent_ : 0; }
  /// The share before and since.
  double found() const noexcept;

 private:
  Verdict once_more() noexcept;

  double share_ = 0;
  double borne_ = 0;
  bool twice_ = false;
  double sent_ = 0;
  double refused_ = 0;
  double speed_ = 0;  // the last
  double ratio_ = 0;  // log of the likelihoods': random to ours
};

}  // namespace headway::pace
