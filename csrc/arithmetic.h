/* arithmetic.h: exp and its family, on every lane of a vector of binary64 and without a branch.

The operations and their order are those of microbp/arithmetic.py, where each formula is explained. What Python does for
a range of x of its own is here chosen at the end, or exact by other means (a power of two moved into the exponent). */

#define SHIFT 6755399441055744.0 /* 1.5 2**52: x + SHIFT - SHIFT rounds x to an integer */
#define LOG2_E 1.4426950408889634
#define LN2_HI 0.6931471805598903
#define LN2_LO 5.497923018708371e-14

/* p of e**r = 1 + (c + p), with r = c - e */
INLINE wide N(tail)(wide c, wide e)
{
    wide r = c - e, r2 = r * r, r3 = r2 * r, r5 = r3 * r2;
    return ((((0.5 * r2 - e) + r3 * (0.16666666666666433 + 0.041666666666604 * r))
             + r5 * (0.008333333333499901 + 0.0013888888926778206 * r))
            + (r5 * r2) * (((0.0001984126946646329 + 2.4801508707314722e-05 * r) + 2.7557640704047143e-06 * r2)
                         + r3 * (2.762517622850762e-07 + 2.4978410945657412e-08 * r)));
}

/* f(x) = 1 / (1 + e**-x) where 2**n is a normal number and the result neither 0 nor 1 */
INLINE wide N(sigmoid_near)(wide x)
{
    wide t = x * LOG2_E + SHIFT, n = t - SHIFT;
    wide c = n * LN2_HI - x, p = N(tail)(c, n * -LN2_LO);
    wide u = N(as_wide)((N(as_bits)(t) + 1023) << 52);
    wide b = u + 1.0, h = b + c;
    return u / (h + (((u - (b - 1.0)) + (c - (h - b))) + p));
}
INLINE bits N(is_far)(wide x) { return IS(N(as_wide)(N(as_bits)(x) & 0x7fffffffffffffffu) > 690.0); }

/* f(x) for any x */
INLINE wide N(sigmoid_any)(wide x)
{
    wide t = x * LOG2_E + SHIFT, n = t - SHIFT;
    wide c = n * LN2_HI - x, p = N(tail)(c, n * -LN2_LO);
    wide one = {0}, least = one + (SHIFT - 1022.0), held = N(choose)(IS(t < least), least, t);
    one = one + 1.0;
    wide u = N(as_wide)((N(as_bits)(held) + 1023) << 52); /* 2**max(n, -1022); the rest of n scales the denominator */
    wide b = u + 1.0, h = b + c;
    wide d = h + (((u - (b - 1.0)) + (c - (h - b))) + p);
    wide y = u / N(as_wide)(N(as_bits)(d) + ((N(as_bits)(held) - N(as_bits)(t)) << 52));
    bits high = IS(x > 690.0), out = high | IS(x < -746.0);
    return N(as_wide)((out & high & N(as_bits)(one)) | (~out & N(as_bits)(y)));
}
RARE wide N(sigmoid_far)(wide x) { return N(sigmoid_any)(x); }
INLINE wide N(sigmoid)(wide x) { return UNLIKELY(N(any)(N(is_far)(x))) ? N(sigmoid_far)(x) : N(sigmoid_near)(x); }

/* e**x = 2**n (1 + (c + p)), 2**n as 2**m and then 2**(n - m) */
RARE wide N(exp)(wide x)
{
    wide zero = {0}, t = x * LOG2_E + SHIFT, n = t - SHIFT;
    wide c = x - n * LN2_HI, p = N(tail)(c, n * LN2_LO);
    wide half = n * 0.5 + SHIFT, rest = (n - (half - SHIFT)) + SHIFT;
    wide y = ((1.0 + (c + p)) * N(as_wide)((N(as_bits)(half) + 1023) << 52)) * N(as_wide)((N(as_bits)(rest) + 1023) << 52);
    y = N(choose)(IS(x >= 709.8), zero + (double)INFINITY, y);
    return N(choose)(IS(x <= -745.2), zero, y);
}

/* ln x = k ln 2 + ln(1 + f), for a normal x > 0; NaN stays NaN */
RARE wide N(log)(wide x)
{
    const uint64_t fraction = 0xfffffffffffffu, two_52 = 0x4330000000000000u;
    wide m = N(as_wide)((N(as_bits)(x) & fraction) | 0x3fe0000000000000u);
    wide k = N(as_wide)((N(as_bits)(x) >> 52) | two_52) - (4503599627370496.0 + 1022.0);
    bits low = IS(m < 0.7071067811865476);
    m = N(choose)(low, m + m, m);
    k = N(choose)(low, k - 1.0, k);
    wide f = m - 1.0, s = f / (2.0 + f), z = s * s, z2 = z * z, h = (0.5 * f) * f;
    wide p = (((0.6666666666666734 + 0.3999999999941468 * z) + z2 * (0.28571428742387417 + 0.22222198573206195 * z))
              + (z2 * z2) * ((0.18183564324978357 + 0.15314050581555577 * z) + 0.14795949403733893 * z2));
    wide y = k * LN2_HI + (f - (h - (s * (h + z * p) + k * LN2_LO)));
    return N(choose)(IS(x == x), y, x);
}

RARE wide N(tanh)(wide x)
{
    wide z = x * x;
    wide num = x * (z * (-1613.3527707570752 - z * (99.22306573355613 + z * 0.9643738043900326)));
    wide den = 4840.058312271226 + z * (2233.6925221091383 + z * (112.74164160384211 + z));
    bits small = IS(z < 0.302);
    bits sign = N(as_bits)(x) & 0x8000000000000000u;
    wide a = N(as_wide)(N(as_bits)(x) ^ sign);
    a = a + a;
    wide t = a * LOG2_E + SHIFT, n = t - SHIFT;
    wide c = a - n * LN2_HI, p = N(tail)(c, n * LN2_LO);
    wide v = N(as_wide)((1023 - N(as_bits)(t)) << 52);
    wide b = 1.0 + v, h = b + c, s = (c - (h - b)) + p, d = h + s;
    wide one = {0};
    one = one + 1.0;
    wide q = N(choose)(small, num, one) / N(choose)(small, den, d);
    wide w = (v + v) * q, y = 1.0 - w;
    y = y + (((1.0 - y) - w) + w * (q * (s - (d - h))));
    y = N(choose)(IS(a > 100.0), one, y);
    return N(choose)(small, x + q, N(as_wide)(N(as_bits)(y) | sign));
}
