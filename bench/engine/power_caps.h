/*
 * A table of the same work done under different power caps: what it drew and took at each, and the
 * cap at which it costs least. Energy against cap has a minimum inside, so results without their
 * cap are not comparable.
 */
#ifndef CM_ENGINE_POWER_CAPS_H
#define CM_ENGINE_POWER_CAPS_H

#include "base/cap_curve.h"

/*
 * CSV by header, columns in any order: the cap as cap_w, or at the end of window_name ("…_175", as
 * Zeus writes); seconds or elapsed_time; joules, or one gpuN_energy a device. A cell that is no
 * number above 0 is CM_EINPUT.
 */
enum cm_status power_caps_read(const char *path, struct power_caps *out, struct cm_err *err);

#endif
