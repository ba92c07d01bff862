package io.github.camelmasterlite.examples.benchmark;

/** Percentiles by nearest rank: no interpolation, always a value that was measured. */
final class Percentile {
    private Percentile() {}

    /**
     * Where in a sorted list the smallest value stands that is not less than this share of all.
     *
     * @param size    of the list, 1 at least
     * @param percent 1 to 100
     */
    static int index(int size, int percent) {
        if (size < 1) {
            throw new IllegalArgumentException("Nothing was measured");
        }
        int rank = (percent * size + 99) / 100;
        return Math.max(rank, 1) - 1;
    }
}
