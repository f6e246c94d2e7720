/* fann.c: what a user of FANN writes, for with_fann.py to call. */

#include <string.h>

#ifdef DOUBLE
#include <doublefann.h>
#else
#include <floatfann.h>
#endif

struct fann *create(unsigned n, const unsigned *widths, float eta, int by_batch)
{
    struct fann *net = fann_create_standard_array(n, widths);
    fann_set_activation_function_hidden(net, FANN_SIGMOID);
    fann_set_activation_function_output(net, FANN_SIGMOID);
    fann_set_activation_steepness_hidden(net, 0.5); /* 1 / (1 + e**-x) */
    fann_set_activation_steepness_output(net, 0.5);
    fann_set_train_error_function(net, FANN_ERRORFUNC_LINEAR);
    fann_set_training_algorithm(net, by_batch ? FANN_TRAIN_BATCH : FANN_TRAIN_INCREMENTAL);
    fann_set_learning_rate(net, eta);
    fann_set_learning_momentum(net, 0);
    return net;
}

/* Of each neuron, layer by layer: its weights, then its bias. */
fann_type *weights(struct fann *net) { return net->weights; }

struct fann_train_data **batches(unsigned count, unsigned size, unsigned d, unsigned l, fann_type *X, fann_type *Y)
{
    struct fann_train_data **data = malloc(count * sizeof *data);
    for (unsigned n = 0; n < count; n++) {
        data[n] = fann_create_train(size, d, l);
        for (unsigned k = 0; k < size; k++, X += d, Y += l) {
            memcpy(data[n]->input[k], X, d * sizeof *X);
            memcpy(data[n]->output[k], Y, l * sizeof *Y);
        }
    }
    return data;
}

void train(struct fann *net, struct fann_train_data **data, unsigned count, unsigned epochs)
{
    while (epochs--)
        for (unsigned n = 0; n < count; n++)
            fann_train_epoch(net, data[n]);
}

void predict(struct fann *net, fann_type *X, fann_type *Y_hat, unsigned m, unsigned times)
{
    unsigned d = fann_get_num_input(net), l = fann_get_num_output(net);
    while (times--)
        for (unsigned k = 0; k < m; k++)
            memcpy(Y_hat + k * l, fann_run(net, X + k * d), l * sizeof *X);
}

void discard(struct fann *net, struct fann_train_data **data, unsigned count)
{
    for (unsigned n = 0; data && n < count; n++)
        fann_destroy_train(data[n]);
    free(data);
    fann_destroy(net);
}
